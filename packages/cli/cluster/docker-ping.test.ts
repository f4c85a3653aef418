import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { UsageError } from "../errors.ts";
import { requireEngine } from "./docker-ping.ts";

let socket: string;
beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), "docker-ping-"));
  socket = join(dir, "d.sock");
  return () => rmSync(dir, { recursive: true });
});

/** Gives the paths that were asked for. */
async function engine(status: number): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status).end("OK");
  });
  server.listen(socket);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return asked;
}

const refused = (why: string) =>
  new UsageError(
    `no Docker Engine answers on ${socket} (${why}): start Docker (\`systemctl start docker\`), or name its socket with --docker`,
  );

describe("requireEngine", () => {
  it("is content when the engine answers its ping", async () => {
    const asked = await engine(200);
    await requireEngine(socket);
    expect(asked).toEqual(["GET /_ping"]);
  });

  it("says so when there is no socket", async () => {
    await expect(requireEngine(socket)).rejects.toEqual(refused(`connect ENOENT ${socket}`));
  });

  it("says so when nobody listens on it", async () => {
    writeFileSync(socket, "");
    await expect(requireEngine(socket)).rejects.toEqual(refused(`connect ECONNREFUSED ${socket}`));
  });

  it("says so when something else answers", async () => {
    await engine(503);
    await expect(requireEngine(socket)).rejects.toEqual(refused("it answered with status 503"));
  });
});
