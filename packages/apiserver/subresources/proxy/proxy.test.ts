import { once } from "node:events";
import { createServer as createHttp, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps, request as httpsRequest } from "node:https";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { Endpoints, Node, Pod, Service } from "@wherry/api";
import { systemClock } from "@wherry/base";
import { type TestTls, testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitSchemeNamePort } from "./target.ts";

/** A site in a pod: says what it was asked, and some pages. */
function site(request: IncomingMessage, response: ServerResponse): void {
  const page = (body: string | Buffer, headers: Record<string, string> = {}) =>
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
  const { host = "" } = request.headers;
  const html =
    '<a href="/x">x</a><!-- <a href="/y"> --><script src=/s.js>"<a href=\'/z\'>"</script><img alt="a > b" src=\'http://elsewhere/i\'>';
  switch (request.url?.split("?")[0]) {
    case "/page":
      return void page(html);
    case "/zipped":
      return void page(gzipSync(html), { "content-encoding": "gzip" });
    case "/away":
      return void response.writeHead(302, { location: `/here?from=${host}` }).end();
    case "/cors":
      return void response.writeHead(200, { "access-control-allow-origin": "*", "x-kept": "yes", "set-cookie": ["a=1", "b=2"] }).end();
    case "/cut":
      response.writeHead(200, { "content-length": "100" }).write("half");
      return void setImmediate(() => response.destroy());
    case "/large":
      return void text(request).then((body) => response.end(String(body.length)));
    default:
      void text(request).then((body) =>
        response
          .writeHead(request.url?.startsWith("/teapot") ? 418 : 200, { "content-type": "application/json" })
          .end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })),
      );
  }
}

let pki: TestTls;
let plane: ControlPlane;
let pod: Server;
let closed: number;
let agent: ReturnType<typeof createHttps>;
let base: string;
let admin: object;
const NAMESPACE = "/api/v1/namespaces/default";

beforeAll(async () => {
  pki = await testTls();
  pod = createHttp(site);
  pod.on("upgrade", (request, socket: Duplex, head) => {
    if (request.url === "/no") return socket.end("HTTP/1.1 403 No\r\nx-why: because\r\ncontent-length: 4\r\n\r\nnope");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${request.headers.upgrade}\r\n\r\nhello ${request.url} `,
    );
    if (head.length > 0) socket.write(head);
    socket.pipe(socket);
  });
  await once(pod.listen(0, "127.0.0.1"), "listening");
  const port = (pod.address() as AddressInfo).port;
  const other = createHttp().listen(0, "127.0.0.1");
  await once(other, "listening");
  closed = (other.address() as AddressInfo).port;
  other.close();

  // What the agent does for the proxy: a connection to a pod, and answers of its own.
  agent = createHttps({ ...pki.server, ca: pki.ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    response.end(`the agent says ${request.url} to ${request.headers["x-forwarded-uri"]}`);
  });
  agent.on("upgrade", (request, socket: Duplex) => {
    const url = new URL(request.url ?? "", "https://agent");
    const to = connect({ host: "127.0.0.1", port: Number(url.searchParams.get("port")), allowHalfOpen: true });
    to.once("error", (error) => socket.end(`HTTP/1.1 502 ${encodeURIComponent(error.message)}\r\ncontent-length: 0\r\n\r\n`));
    to.once("connect", () => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: tcp\r\n\r\n");
      socket.pipe(to).pipe(socket);
      socket.once("error", () => to.destroy());
    });
  });
  await once(agent.listen(0, "127.0.0.1"), "listening");

  const agentClient = { ...(await pki.client("kube-apiserver-kubelet-client")), ca: pki.ca };
  plane = await startControlPlane({ clock: systemClock, server: { tls: pki.server, agentClient } });
  base = `https://127.0.0.1:${(await plane.server.listen({ host: "127.0.0.1", port: 0 })).port}`;
  admin = { ca: pki.ca, ...(await pki.client("admin")) };
  const { client } = plane;
  const status = async (kind: typeof Node | typeof Pod, key: { name: string; namespace?: string }, body: object) =>
    client.patch(kind as typeof Node, key, { type: "merge", body: { status: body } }, { subresource: "status" });
  await client.create(Node, { metadata: { name: "n1" }, spec: {} });
  const daemonEndpoints = { kubeletEndpoint: { Port: (agent.address() as AddressInfo).port } };
  await status(Node, { name: "n1" }, { addresses: [{ type: "InternalIP", address: "127.0.0.1" }], daemonEndpoints });
  const containers = [{ name: "c", image: "i", ports: [{ containerPort: port }] }];
  for (const name of ["web", "new"])
    await client.create(Pod, { metadata: { name, namespace: "default" }, spec: { nodeName: "n1", containers } });
  await status(Pod, { name: "web", namespace: "default" }, { podIP: "10.244.0.9" });
  const ports = [{ name: "http", port: 80, targetPort: port }];
  for (const name of ["front", "empty", "outside"])
    await client.create(Service, { metadata: { name, namespace: "default" }, spec: { ports } });
  const subsets = (address: object, number = port) => [{ addresses: [address], ports: [{ name: "http", port: number }] }];
  const behind = { ip: "10.244.0.9", nodeName: "n1", targetRef: { kind: "Pod", name: "web", namespace: "default" } };
  await client.create(Endpoints, { metadata: { name: "front", namespace: "default" }, subsets: subsets(behind) as never });
  await client.create(Endpoints, {
    metadata: { name: "outside", namespace: "default" },
    subsets: subsets({ ip: "198.51.100.1" }) as never,
  });
});
afterAll(async () => {
  await plane?.close();
  for (const server of [agent, pod]) {
    server?.closeAllConnections();
    server?.close();
  }
});

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  raw: Buffer;
  text: string;
}

async function ask(
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: object; body?: string | Buffer } = {},
): Promise<Answer> {
  const request = httpsRequest(base + path, { ...admin, method, headers: headers as Record<string, string>, agent: false });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const raw = Buffer.concat(parts);
  return { status: response.statusCode ?? 0, headers: response.headers, raw, text: raw.toString() };
}

const pods = (id: string, rest = "") => `${NAMESPACE}/pods/${id}/proxy${rest}`;

describe("names", () => {
  it.each([
    ["web", { scheme: "", name: "web", port: "" }],
    ["web:80", { scheme: "", name: "web", port: "80" }],
    ["https:web:", { scheme: "https", name: "web", port: "" }],
    [":web:http", { scheme: "", name: "web", port: "http" }],
    ["ftp:web:1", undefined],
    ["a:b:c:d", undefined],
    [":80", undefined],
  ])("%s", (id, parts) => expect(splitSchemeNamePort(id)).toEqual(parts));
});

describe("a request", () => {
  it("reaches a pod as it came, without what was for this server", async () => {
    const headers = {
      authorization: "Bearer secret",
      connection: "close, x-hop",
      "x-hop": "1",
      te: "trailers",
      "x-own": "2",
      "content-type": "text/x",
    };
    const answer = await ask(pods("web", "/a%2Fb/c/?q=1&q=%20"), { method: "PATCH", headers, body: "body" });
    const seen = JSON.parse(answer.text);
    expect(seen).toMatchObject({ method: "PATCH", url: "/a%2Fb/c/?q=1&q=%20", body: "body" });
    expect(seen.headers).toMatchObject({ "x-own": "2", "x-forwarded-uri": `${pods("web")}/a%2Fb/c/`, "x-forwarded-proto": "https" });
    for (const name of ["authorization", "x-hop", "te"]) expect(seen.headers[name]).toBeUndefined();
  });

  it("may be of any size, and has the answer's status", async () => {
    expect((await ask(pods("web", "/large"), { method: "POST", body: Buffer.alloc(20 << 20) })).text).toBe(String(20 << 20));
    expect((await ask(pods("web", "/teapot"), { method: "DELETE" })).status).toBe(418);
    expect(await ask(pods("web", "/page"), { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  });

  it("finds a pod behind a service, by its port's name and number", async () => {
    for (const id of ["front:http", "front:80", "http:front:http"])
      expect(JSON.parse((await ask(`${NAMESPACE}/services/${id}/proxy/x`)).text).url).toBe("/x");
  });

  it("to a node is the agent's", async () => {
    const path = "/api/v1/nodes/n1/proxy/healthz";
    expect((await ask(path)).text).toBe(`the agent says /healthz to ${path}`);
  });

  it("for the root itself leads to a folder, where links start from", async () => {
    expect(await ask(pods("web", "?a=b"))).toMatchObject({ status: 301, headers: { location: `${pods("web")}/?a=b` } });
    expect(JSON.parse((await ask(pods("web", "/?a=b"))).text).url).toBe("/?a=b");
    expect(JSON.parse((await ask(pods("web"), { method: "POST", body: "x" })).text).url).toBe("/");
  });

  it.each([
    [pods("nobody"), 404, 'pods "nobody" not found'],
    [pods("ftp:web:1", "/"), 400, 'invalid pod request "ftp:web:1"'],
    [pods("web:none", "/"), 400, 'invalid port "none"'],
    [pods("new", "/"), 400, "address not allowed"],
    [`${NAMESPACE}/services/empty/proxy/`, 503, 'no endpoints available for service "empty"'],
    [`${NAMESPACE}/services/front:81/proxy/`, 503, 'no service port 81 found for service "front"'],
    [`${NAMESPACE}/services/front:other/proxy/`, 503, 'no endpoints available for service "front:other"'],
    ["/api/v1/nodes/nobody/proxy/", 404, 'nodes "nobody" not found'],
  ])("%s: %d %s", async (path, code, message) => {
    expect(JSON.parse((await ask(path)).text)).toMatchObject({ kind: "Status", code, message: expect.stringContaining(message) });
  });

  it("that finds nobody listening says so", async () => {
    const answer = await ask(pods(`web:${closed}`, "/"));
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 503,
      reason: "ServiceUnavailable",
      message: expect.stringMatching(/^error trying to reach service: .*ECONNREFUSED/),
    });
  });
});

describe("an answer", () => {
  const rewritten = `<a href="${pods("web")}/x">x</a><!-- <a href="/y"> --><script src=${pods("web")}/s.js>"<a href='/z'>"</script><img alt="a > b" src='http://elsewhere/i'>`;

  it("has the links of a page lead through the proxy", async () => {
    expect((await ask(pods("web", "/page"))).text).toBe(rewritten);
    const zipped = await ask(pods("web", "/zipped"));
    expect(gunzipSync(zipped.raw).toString()).toBe(rewritten);
  });

  it("has redirects lead through the proxy, and allows other sites nothing", async () => {
    expect((await ask(pods("web", "/away"))).headers.location).toMatch(new RegExp(`^${pods("web")}/here\\?from=127`));
    const { headers } = await ask(pods("web", "/cors"));
    expect(headers).toMatchObject({ "x-kept": "yes", "set-cookie": ["a=1", "b=2"] });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("that breaks off does not look whole", async () => {
    await expect(ask(pods("web", "/cut"))).rejects.toThrow();
  });
});

describe("an upgrade", () => {
  const upgrade = (path: string) =>
    httpsRequest(base + path, { ...admin, agent: false, headers: { connection: "Upgrade", upgrade: "echo" } });

  it("is the target's to agree to", async () => {
    for (const path of [pods("web", "/up?x=1"), `${NAMESPACE}/services/front:80/proxy/up?x=1`]) {
      const request = upgrade(path).end();
      const [response, socket, head] = (await once(request, "upgrade")) as [IncomingMessage, Duplex, Buffer];
      expect(response.headers.upgrade).toBe("echo");
      if (head.length > 0) socket.unshift(head);
      socket.write("ping");
      let heard = "";
      for await (const part of socket) {
        heard += part;
        if (heard.endsWith("ping")) break;
      }
      expect(heard).toBe("hello /up?x=1 ping");
    }
  });

  it("that is not agreed to has the target's answer", async () => {
    const [response] = (await once(upgrade(pods("web", "/no")).end(), "response")) as [IncomingMessage];
    expect([response.statusCode, response.headers["x-why"], await text(response)]).toEqual([403, "because", "nope"]);
    const [missing] = (await once(upgrade(pods("nobody", "/")).end(), "response")) as [IncomingMessage];
    expect(missing.statusCode).toBe(404);
  });
});

it("does not answer plain HTTP at all", async () => {
  const request = httpRequest(base.replace("https", "http") + pods("web", "/"));
  request.end();
  await expect(once(request, "response")).rejects.toThrow();
});
