/** Where an engine listens: a Unix socket, or a host and port without encryption. */
export type EngineAddress = { socketPath: string; text: string } | { host: string; port: number; text: string };

/** Docker's own default. */
export const DEFAULT_SOCKET = "unix:///var/run/docker.sock";

/** Reads `unix:///path`, `/path` or `tcp://host:port`. Throws on anything else, saying what is possible. */
export function parseEngineAddress(text: string = DEFAULT_SOCKET): EngineAddress {
  if (text.startsWith("/")) return { socketPath: text, text: `unix://${text}` };
  if (text.startsWith("unix:///")) return { socketPath: text.slice("unix://".length), text };
  const tcp = /^(?:tcp|http):\/\/([^/:]+|\[[^\]]+\]):(\d+)\/?$/.exec(text);
  if (tcp) return { host: tcp[1]!.replace(/^\[|\]$/g, ""), port: Number(tcp[2]), text };
  throw new Error(`${JSON.stringify(text)} is no address of a Docker Engine: use unix:///path/to/docker.sock or tcp://127.0.0.1:port`);
}
