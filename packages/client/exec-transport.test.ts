import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { FakeClock } from "@wherry/base/fake-clock.ts";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ExecPlugin } from "./exec-plugin.ts";
import { ExecTransport } from "./exec-transport.ts";
import { type HttpsTransportOptions, httpsTransport } from "./https-transport.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import type { Transport } from "./transport.ts";

const API = "client.authentication.k8s.io/v1";
const folder = mkdtempSync(join(tmpdir(), "exec-plugin-"));
afterAll(() => rmSync(folder, { recursive: true }));

const runs = join(folder, "runs");
beforeEach(() => rmSync(runs, { force: true }));
const times = () => readFileSync(runs, "utf8").length;

/** A plugin that counts its runs, and says what the shell makes of `body`. */
function plugin(body: string, changes: Partial<ExecPlugin> = {}): ExecPlugin {
  const path = join(folder, "plugin");
  writeFileSync(path, `#!/bin/sh\nprintf x >> ${runs}\nn=$(wc -c < ${runs})\n${body}\n`);
  chmodSync(path, 0o755);
  return {
    apiVersion: API,
    command: path,
    args: [],
    env: {},
    interactiveMode: "Never",
    installHint: "",
    cluster: undefined,
    folder,
    ...changes,
  };
}

const says = (status: string, apiVersion = API) =>
  `cat <<END\n{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":${status}}\nEND`;

/** A server that takes the bearer token \`taken()\` only, and answers with it. */
async function serverThatTakes(taken: () => string): Promise<string> {
  const server = http.createServer((request, response) => {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    response.writeHead(token === taken() ? 200 : 401).end(token);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = async (transport: Transport) => {
  const { status, body } = await transport.request({ method: "GET", path: "/" });
  return { status, text: Buffer.concat(await Array.fromAsync(body)).toString() };
};

function transportOf(options: HttpsTransportOptions & { exec: ExecPlugin }, clock = new FakeClock()): ExecTransport {
  const transport = new ExecTransport(options, clock);
  onTestFinished(() => transport.close());
  return transport;
}

describe("credentials from a program", () => {
  it("are asked for once, by all that need them at a time", async () => {
    const server = await serverThatTakes(() => "t");
    const transport = transportOf({ server, exec: plugin(says('{"token":"t"}')) });
    expect(await Promise.all([get(transport), get(transport)])).toEqual([
      { status: 200, text: "t" },
      { status: 200, text: "t" },
    ]);
    await get(transport);
    expect(times()).toBe(1);
  });

  it("are asked for anew when they have expired", async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    let taken = "t1";
    const server = await serverThatTakes(() => taken);
    const transport = transportOf({ server, exec: plugin(says('{"token":"t$n","expirationTimestamp":"2026-01-01T01:00:00Z"}')) }, clock);
    expect((await get(transport)).text).toBe("t1");
    clock.advance(3_599_000);
    expect((await get(transport)).text).toBe("t1");
    clock.advance(2_000);
    taken = "t2";
    expect((await get(transport)).text).toBe("t2");
  });

  it("are asked for anew when the server does not take them, and the request is made again", async () => {
    let taken = "t1";
    const server = await serverThatTakes(() => taken);
    const transport = transportOf({ server, exec: plugin(says('{"token":"t$n"}')) });
    await get(transport);
    taken = "t2";
    expect(await get(transport)).toEqual({ status: 200, text: "t2" });
    expect(times()).toBe(2);
    const stubborn = transportOf({ server, exec: plugin(says('{"token":"same"}')) });
    expect((await get(stubborn)).status).toBe(401);
  });

  it("may be a client certificate", async () => {
    const tls = await testTls();
    const { cert, key } = await tls.client("somebody");
    const server = https.createServer({ ...tls.server, ca: tls.ca, requestCert: true }, (request, response) => {
      response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const status = JSON.stringify({ clientCertificateData: cert, clientKeyData: key }).replaceAll("\\n", "\\\\n");
    const exec = plugin(`printf '{"apiVersion":"${API}","kind":"ExecCredential","status":${status}}'`);
    const transport = transportOf({ server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: tls.ca, exec });
    expect((await get(transport)).text).toBe("somebody");
  });

  it.each([
    ["a failure", "exit 3", {}, /^getting credentials: exec: executable .*plugin failed with exit code 3$/],
    ["no JSON", "echo hi", {}, /^getting credentials: decoding stdout: /],
    [
      "another version",
      says("{}", "client.authentication.k8s.io/v1beta1"),
      {},
      `is configured to use API version ${API}, plugin returned version client.authentication.k8s.io/v1beta1`,
    ],
    ["no status", says("null"), {}, "exec plugin didn't return a status field"],
    ["nothing", says("{}"), {}, "exec plugin didn't return a token or cert/key pair"],
    ["half a pair", says('{"clientKeyData":"x"}'), {}, "exec plugin returned only certificate or key, not both"],
    ["a bad time", says('{"token":"t","expirationTimestamp":"soon"}'), {}, 'expirationTimestamp "soon" is no time'],
    [
      "no program",
      "",
      { command: "no-such-plugin", installHint: "get it" },
      /exec: executable no-such-plugin not found\n\nIt looks like [\s\S]*\n\nget it$/,
    ],
    ["no file", "", { command: "./none" }, `exec: fork/exec ${join(folder, "none")}: no such file or directory`],
    ["no terminal", "", { interactiveMode: "Always" }, "exec plugin cannot support interactive mode: standard input is not a terminal"],
  ] as const)("say clearly what is wrong: %s", async (_, body, changes, message) => {
    const transport = transportOf({ server: "http://127.0.0.1:1", exec: plugin(body, changes) });
    await expect(get(transport)).rejects.toThrow(message);
  });
});

describe("an exec entry of a kubeconfig", () => {
  async function load(exec: object, cluster: object = {}) {
    const server = await serverThatTakes(() => "t");
    const path = join(folder, "kubeconfig");
    const config = {
      "current-context": "a",
      clusters: [{ name: "a", cluster: { server, ...cluster } }],
      users: [{ name: "a", user: { exec: { apiVersion: API, interactiveMode: "Never", command: "./plugin", ...exec } } }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    };
    writeFileSync(path, JSON.stringify(config));
    const { transport } = await loadKubeconfig({ path });
    return { server, transport };
  }
  const use = async (options: HttpsTransportOptions) => {
    const transport = httpsTransport(options);
    onTestFinished(() => transport.close());
    return get(transport);
  };

  it("names the program beside the kubeconfig, its words and its environment", async () => {
    plugin(`echo "$1 $2 $COLOUR" > ${join(folder, "seen")}\n${says('{"token":"t"}')}`);
    const { transport } = await load({ args: ["get", "token"], env: [{ name: "COLOUR", value: "blue" }] });
    expect(await use(transport)).toEqual({ status: 200, text: "t" });
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe("get token blue\n");
  });

  it.each(["v1", "v1beta1"])("tells the program of the cluster when it is to: %s", async (version) => {
    const apiVersion = `client.authentication.k8s.io/${version}`;
    plugin(`echo "$KUBERNETES_EXEC_INFO" > ${join(folder, "seen")}\n${says('{"token":"t"}', apiVersion)}`);
    const extensions = [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }];
    const { transport, server } = await load({ apiVersion, provideClusterInfo: true }, { extensions, "tls-server-name": "s" });
    await use(transport);
    const cluster = { server, "tls-server-name": "s", config: { audience: "x" } };
    expect(JSON.parse(readFileSync(join(folder, "seen"), "utf8"))).toEqual({
      ...{ kind: "ExecCredential", apiVersion, spec: { cluster, interactive: false } },
    });
  });

  it("is not used where a token is given", async () => {
    plugin("exit 1");
    const { transport } = await load({});
    expect(await use({ ...transport, token: "t" })).toEqual({ status: 200, text: "t" });
  });
});
