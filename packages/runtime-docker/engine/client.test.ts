import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeUnavailableError } from "@wherry/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEngineAddress } from "./address.ts";
import { chooseVersion, EngineClient, EngineError } from "./client.ts";

describe("EngineClient", () => {
  let folder: string;
  let server: Server;
  const paths: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wherry-engine-"));
    paths.length = 0;
  });
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(apiVersion: string, answer: RequestListener): Promise<EngineClient> {
    server = createServer((request, response) => {
      paths.push(request.url!);
      if (request.url === "/_ping") response.setHeader("Api-Version", apiVersion).end("OK");
      else answer(request, response);
    }).listen(join(folder, "s"));
    await once(server, "listening");
    return new EngineClient(parseEngineAddress(join(folder, "s")));
  }

  it("asks for the version once, and speaks the engine's", async () => {
    const client = await serve("1.43", (_, response) => response.end("{}"));
    await Promise.all([
      client.json({ method: "GET", path: "/info" }),
      client.json({ method: "GET", path: "/a", query: { x: "1 2", y: undefined } }),
    ]);
    expect(paths.sort()).toEqual(["/_ping", "/v1.43/a?x=1+2", "/v1.43/info"]);
  });

  it("gives the engine's own message", async () => {
    const client = await serve("1.41", (_, response) => response.writeHead(409).end('{"message":"in use"}'));
    const error = await client.json({ method: "POST", path: "/x" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ status: 409, message: "in use" });
  });

  it("is told from no engine at all", async () => {
    const client = await serve("1.41", (request) => request.socket.destroy());
    await expect(client.json({ method: "GET", path: "/x" })).rejects.toThrow(/closed the connection: it may be restarting/);
    await expect(client.json({ method: "GET", path: "/x" })).rejects.toBeInstanceOf(RuntimeUnavailableError);
  });

  it("keeps to a handful of calls at once", async () => {
    let open = 0;
    let most = 0;
    const client = await serve("1.41", (_, response) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        response.end("{}");
      });
    });
    await Promise.all(Array.from({ length: 40 }, (_, i) => client.json({ method: "GET", path: `/${i}` })));
    expect(most).toBeLessThanOrEqual(6);
    client.close();
  });
});

describe("the API version", () => {
  it.each([
    ["1.40", "v1.40"],
    ["1.41", "v1.41"],
    ["1.51", "v1.51"],
    ["1.99", "v1.51"],
    ["2.0", "v1.51"],
  ])("is %s -> %s", (offered, chosen) => {
    expect(chooseVersion(offered, "x")).toBe(chosen);
  });

  it.each(["1.39", "undefined", ""])("%j is refused", (offered) => {
    expect(() => chooseVersion(offered, "unix:///x")).toThrow("1.40 (Docker 19.03) or newer is needed");
  });
});

describe("engine addresses", () => {
  it.each([
    ["/run/d.sock", { socketPath: "/run/d.sock", text: "unix:///run/d.sock" }],
    ["unix:///run/d.sock", { socketPath: "/run/d.sock", text: "unix:///run/d.sock" }],
    ["tcp://127.0.0.1:2375", { host: "127.0.0.1", port: 2375, text: "tcp://127.0.0.1:2375" }],
    ["tcp://[::1]:2375", { host: "::1", port: 2375, text: "tcp://[::1]:2375" }],
  ])("reads %s", (text, address) => {
    expect(parseEngineAddress(text)).toEqual(address);
  });

  it.each(["ssh://host", "docker.sock", ""])("refuses %j and says what is possible", (text) => {
    expect(() => parseEngineAddress(text)).toThrow("use unix:///path/to/docker.sock or tcp://127.0.0.1:port");
  });
});
