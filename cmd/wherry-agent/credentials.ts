import { readFileSync } from "node:fs";

/** A certificate and its key, as PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** All that an agent needs to take part: where the API is, and who it is itself. The control plane leaves one such file for each node. */
export interface NodeCredentials {
  /** `https://HOST:PORT` */
  server: string;
  /** The cluster's authority, as PEM. */
  ca: string;
  /** The agent towards the API server. */
  client: KeyPair;
  /** What the agent's own endpoint shows. */
  serving: KeyPair;
}

/** Reads the file. Throws an Error that says what is wrong with it. */
export function readCredentials(path: string): NodeCredentials {
  let found: Partial<NodeCredentials>;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(
      `the node's credentials ${path} cannot be read (${(error as Error).message}): get them from the control plane's pki/nodes folder`,
    );
  }
  const complete = found.server && found.ca && found.client?.cert && found.client.key && found.serving?.cert && found.serving.key;
  if (!complete) throw new Error(`the node's credentials ${path} are incomplete: get them again from the control plane's pki/nodes folder`);
  return found as NodeCredentials;
}
