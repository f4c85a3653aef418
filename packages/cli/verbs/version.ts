import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectionOptions } from "../connection.ts";
import type { Verb } from "../verb.ts";

export interface VersionOptions extends ConnectionOptions {
  client?: boolean;
  output?: string;
}

/** This program's version, from its package. */
export function ownVersion(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8")).version;
}

/** `wherry version`. */
export const verb: Verb = {
  description: "print the versions of this program and of the server",
  client: true,
  flags: (command) => command.option("--client", "of this program only").option("-o, --output <format>", "json"),
  run: (_, options: VersionOptions, { write }) => version(options, write),
};

/** `wherry version`: of this program, and of the server unless `--client`. */
export async function version(options: VersionOptions, write: (text: string) => void): Promise<void> {
  const clientVersion = { gitVersion: `v${ownVersion()}`, platform: `${process.platform}/${process.arch}`, nodeVersion: process.version };
  const serverVersion = options.client ? undefined : await serverVersionOf(options);
  if (options.output === "json") return write(`${JSON.stringify({ clientVersion, serverVersion }, null, 2)}\n`);
  write(`Client Version: ${clientVersion.gitVersion}\n`);
  if (serverVersion) write(`Server Version: ${serverVersion.gitVersion}\n`);
}

async function serverVersionOf(options: VersionOptions): Promise<{ gitVersion: string }> {
  const { connect } = await import("../connection.ts");
  const connection = await connect(options);
  try {
    const response = await connection.client.raw({ method: "GET", path: "/version" });
    return JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString());
  } finally {
    connection.close();
  }
}
