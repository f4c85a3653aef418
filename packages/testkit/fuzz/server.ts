import type { ConnectionOptions } from "node:tls";
import { type Logger, silentLogger, systemClock } from "@wherry/base";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "../control-plane.ts";

/** A whole API server to throw things at, and what it should not have logged. */
export interface FuzzTarget {
  plane: ControlPlane;
  to: ConnectionOptions;
  /** What was logged as an error so far. */
  errors: string[];
  /** Watchers that are registered. */
  watchers(): Promise<number>;
  close(): Promise<void>;
}

export async function startFuzzTarget(): Promise<FuzzTarget> {
  const pki = await testTls();
  const errors: string[] = [];
  const log: Logger = { ...silentLogger, error: (message, facts) => void errors.push(`${message} ${inspected(facts)}`), child: () => log };
  const plane = await startControlPlane({ clock: systemClock, log, server: { tls: pki.server } });
  const { port } = await plane.server.listen({ host: "127.0.0.1", port: 0 });
  const { cert, key } = await pki.client("admin", ["system:masters"]);
  return {
    plane,
    errors,
    to: { host: "127.0.0.1", port, ca: pki.ca, cert, key },
    watchers: () => registeredWatchers(plane),
    close: () => plane.close(),
  };
}

function inspected(facts: object | undefined): string {
  const { error } = (facts ?? {}) as { error?: unknown };
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(facts ?? {});
}

async function registeredWatchers(plane: ControlPlane): Promise<number> {
  const response = await plane.server.transport({ name: "admin", groups: ["system:masters"] }).request({ method: "GET", path: "/metrics" });
  let text = "";
  for await (const chunk of response.body) text += Buffer.from(chunk).toString();
  return [...text.matchAll(/^apiserver_registered_watchers\{[^}]*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
}
