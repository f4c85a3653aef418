import { once } from "node:events";
import { ConfigMap } from "@wherry/api";
import { systemClock } from "@wherry/base";
import { type TestTls, testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";

let pki: TestTls;
let plane: ControlPlane;
let port: number;
const MAPS = "/api/v1/namespaces/default/configmaps";

beforeAll(async () => {
  pki = await testTls();
  const authenticateToken = async (token: string) =>
    token === "secret" ? { user: { name: "bearer", groups: ["system:masters"] } } : undefined;
  plane = await startControlPlane({ clock: systemClock, server: { tls: pki.server, authenticateToken } });
  ({ port } = await plane.server.listen({ host: "127.0.0.1", port: 0 }));
});
afterAll(() => plane?.close());

const HIDDEN = `base64url.bearer.authorization.k8s.io.${Buffer.from("secret").toString("base64url")}`;
const bearer = { headers: { authorization: "Bearer secret" } };

function open(path: string, protocols: string[] = [], options: object = bearer) {
  const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, { ca: pki.ca, ...options });
  const messages: { data: Buffer; binary: boolean }[] = [];
  let wake = () => {};
  socket.on("error", () => {});
  socket.on("message", (data: Buffer, binary: boolean) => {
    messages.push({ data, binary });
    wake();
  });
  /** The next message. */
  const next = async () => {
    while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return messages.shift() as { data: Buffer; binary: boolean };
  };
  return { socket, next };
}

const create = (name: string) => plane.client.create(ConfigMap, { metadata: { name, namespace: "default" } });
const eventOf = (data: Buffer | string) => JSON.parse(data.toString()) as { type: string; object: ConfigMap };

describe("a watch over a WebSocket", () => {
  it.each([
    ["text, without a subprotocol", [], "", (m: { data: Buffer; binary: boolean }) => (m.binary ? "" : m.data)],
    ["bytes", ["binary.k8s.io"], "binary.k8s.io", (m: { data: Buffer; binary: boolean }) => (m.binary ? m.data : "")],
    ["base64", ["base64.binary.k8s.io"], "base64.binary.k8s.io", (m: { data: Buffer }) => Buffer.from(m.data.toString(), "base64")],
    ["text, with a subprotocol that nobody knows", ["x"], "x", (m: { data: Buffer; binary: boolean }) => (m.binary ? "" : m.data)],
  ] as const)("sends a message for each event, as %s", async (title, protocols, agreed, read) => {
    const { resourceVersion } = (await plane.client.list(ConfigMap)).metadata;
    const { socket, next } = open(`${MAPS}?watch=1&resourceVersion=${resourceVersion}`, [...protocols]);
    await once(socket, "open");
    expect(socket.protocol).toBe(agreed);
    const names = ["a", "b", "c"].map((letter) => `${letter}-${title.length}`);
    await Promise.all(names.map(create));
    const seen = [eventOf(read(await next())), eventOf(read(await next())), eventOf(read(await next()))];
    expect(seen.map(({ type }) => type)).toEqual(["ADDED", "ADDED", "ADDED"]);
    expect(seen.map(({ object }) => object.metadata.name).sort()).toEqual(names);
    socket.close();
    await once(socket, "close");
  });

  it("works in the old way, with a token among the subprotocols, and ends with its time", async () => {
    const { socket, next } = open("/api/v1/watch/namespaces?timeoutSeconds=1", ["binary.k8s.io", HIDDEN], {});
    await once(socket, "open");
    expect(socket.protocol).toBe("binary.k8s.io");
    expect(eventOf((await next()).data)).toMatchObject({ type: "ADDED", object: { kind: "Namespace" } });
    expect((await once(socket, "close"))[0]).toBe(1000);
  });

  it("tells that its revision is gone, and ends", async () => {
    const { resourceVersion } = (await create("old")).metadata;
    for (let i = 0; i < 1100; i++) await create(`many${i}`);
    await plane.store.compact(plane.store.revision);
    const { socket, next } = open(`${MAPS}?watch=1&resourceVersion=${resourceVersion}`);
    expect(eventOf((await next()).data)).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    await once(socket, "close");
  });

  it.each<[string, object, number]>([
    [`${MAPS}?watch=1`, {}, 401],
    [`${MAPS}?watch=1&labelSelector=a%20b`, bearer, 400],
    [`${MAPS}?watch=1&resourceVersionMatch=Exact`, bearer, 422],
    ["/api/v1/watch/none", bearer, 404],
    [MAPS, bearer, 404],
  ])("answers %s %j with a Status", async (path, options, code) => {
    const { socket } = open(path, [], options);
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, import("node:http").IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(response.statusCode).toBe(code);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ kind: "Status", code });
  });

  it("leaves nothing behind when its client goes in whatever way", async () => {
    const ways: ((socket: WebSocket) => void)[] = [
      (socket) => socket.close(),
      (socket) => socket.terminate(),
      (socket) => socket.send("x".repeat(100_000)),
      (socket) => socket.close(4000, "enough"),
    ];
    for (const end of ways) {
      const { socket } = open(`${MAPS}?watch=1`);
      await once(socket, "open");
      end(socket);
      await once(socket, "close");
    }
    const metrics = async () => {
      const response = await plane.server.transport({ name: "t", groups: [] }).request({ method: "GET", path: "/metrics" });
      let text = "";
      for await (const chunk of response.body) text += Buffer.from(chunk).toString();
      return /apiserver_registered_watchers\{group="",version="v1",kind="ConfigMap"\} (\d+)/.exec(text)?.[1];
    };
    await expect.poll(metrics).toBe("0");
  });
});
