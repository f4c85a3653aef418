import { Readable } from "node:stream";
import { bytesOf, jsonLines } from "./body.ts";
import type { EngineClient } from "./client.ts";

/** Makes an image of one layer from a tar archive, with a line of a Dockerfile. Rejects with what the engine says when it cannot. */
export async function importImage(
  engine: EngineClient,
  archive: Buffer,
  options: { repo: string; tag: string; changes: string },
): Promise<void> {
  const stream = await engine.call((docker) => docker.importImage(Readable.from([archive]), options));
  for await (const { error } of jsonLines<{ error?: string }>(bytesOf(stream))) if (error) throw new Error(error);
}
