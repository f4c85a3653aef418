import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeUnavailableError } from "@wherry/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseEngineAddress } from "./address.ts";
import { chooseVersion, EngineClient } from "./client.ts";
import type { Docker } from "./docker.ts";
import { EngineError } from "./engine-error.ts";

describe("EngineClient", () => {
  let folder: string;
  let server: Server;
  const paths: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wherry-engine-"));
    paths.length = 0;
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(apiVersion: string, answer: RequestListener): Promise<EngineClient> {
    server = createServer((request, response) => {
      paths.push(request.url!);
      if (request.url === "/version") response.end(JSON.stringify({ ApiVersion: apiVersion }));
      else answer(request, response);
    }).listen(join(folder, "s"));
    await once(server, "listening");
    return new EngineClient(parseEngineAddress(join(folder, "s")));
  }

  const failure = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  it("asks for the version once, and speaks the engine's", async () => {
    const client = await serve("1.43", (_, response) => response.end("{}"));
    await Promise.all([client.call((docker) => docker.info()), client.call((docker) => docker.getContainer("a").inspect())]);
    expect(paths.sort()).toEqual(["/v1.43/containers/a/json", "/v1.43/info", "/version"]);
  });

  it("begins nothing on an engine that takes no new connections, and goes on with the old one", async () => {
    const client = await serve("1.43", (_, response) => response.end("{}"));
    await client.call((docker) => docker.info());
    server.close();
    expect(await failure(client.call((docker) => docker.getContainer("a").start(), { begins: true }))).toBeInstanceOf(
      RuntimeUnavailableError,
    );
    expect(paths).toEqual(["/version", "/v1.43/info"]);
  });

  it("asks again after the engine was away", async () => {
    const client = await serve("1.43", (request, response) => (paths.length === 2 ? request.socket.destroy() : response.end("{}")));
    await failure(client.call((docker) => docker.info()));
    await client.call((docker) => docker.info());
    expect(paths).toEqual(["/version", "/v1.43/info", "/version", "/v1.43/info"]);
  });

  it.each([
    ['{"message":"in use - by\\nothers"}', "in use - by\nothers"],
    ["plain words", "plain words"],
    ["", "HTTP 409"],
  ])("gives the engine's own message: %j", async (body, message) => {
    const client = await serve("1.41", (_, response) => response.writeHead(409).end(body));
    for (const ask of [(docker: Docker) => docker.info(), (docker: Docker) => docker.getExec("x").start({ hijack: true })]) {
      const error = await failure(client.call<unknown>(ask));
      expect(error).toBeInstanceOf(EngineError);
      expect(error).toMatchObject({ status: 409, message });
    }
  });

  it("is told from no engine at all", async () => {
    const client = await serve("1.41", (request) => request.socket.destroy());
    const error = await failure(client.call((docker) => docker.info()));
    expect(error).toBeInstanceOf(RuntimeUnavailableError);
    expect((error as Error).message).toMatch(/closed the connection: it may be restarting/);
  });

  it("notices that the engine dies in the middle of an answer", async () => {
    const client = await serve("1.41", (request, response) => {
      response.write('{"StatusCode":');
      setImmediate(() => request.socket.destroy());
    });
    const call = client.call((docker) => docker.getContainer("x").wait(), { blocking: true });
    expect(await failure(call)).toBeInstanceOf(RuntimeUnavailableError);
  });

  it("ends with the signal's reason", async () => {
    const abort = new AbortController();
    const client = await serve("1.41", () => abort.abort(new Error("not wanted")));
    const call = client.call((docker) => docker.getEvents({ abortSignal: abort.signal }), { signal: abort.signal });
    expect(await failure(call)).toBe(abort.signal.reason);
  });

  it("goes to its address, whatever the environment says", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://192.0.2.1:2376");
    const client = await serve("1.41", (_, response) => response.end('{"Name":"here"}'));
    expect(await client.call((docker) => docker.info())).toEqual({ Name: "here" });
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
    await Promise.all(Array.from({ length: 40 }, () => client.call((docker) => docker.info())));
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
