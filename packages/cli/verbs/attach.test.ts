import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Pod } from "@wherry/api";
import { createClient, httpsTransport } from "@wherry/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connection } from "../connection.ts";
import { attachOrLogs } from "./attach.ts";

// A server whose pods cannot be attached to, and whose logs are there.
let server: Server;
let connection: Connection;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const refused = request.url?.includes("/attach");
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "BadRequest", code: 400, message: "container not found" };
    response.writeHead(refused ? 400 : 200, { "content-type": refused ? "application/json" : "text/plain" });
    response.end(refused ? JSON.stringify(status) : "hello\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createClient(httpsTransport({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  const resources = { find: async () => ({ group: "", version: "v1", kind: "Pod", name: "pods", namespaced: true }) };
  connection = { client, resources } as unknown as Connection;
});
afterEach(() => {
  vi.restoreAllMocks();
  connection.client.close();
  server.close();
});

/** What is printed on both outputs when attaching to a pod of this phase, and the exit code. */
async function attached(phase: string) {
  const pod = { metadata: { name: "web", namespace: "ns" }, spec: { containers: [{ name: "web" }] }, status: { phase } } as Pod;
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((data) => {
      printed[name] += Buffer.from(data as string).toString();
      return true;
    });
  }
  const code = await attachOrLogs(connection, pod, "web", { stdin: false, tty: false });
  vi.restoreAllMocks();
  return { code, ...printed };
}

it("shows the log of a pod that has ended already", async () => {
  expect(await attached("Succeeded")).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
  expect(asked).toEqual(["/api/v1/namespaces/ns/pods/web/log?container=web"]);
});

it("shows the log, and says why, where it cannot attach", async () => {
  const warning = "warning: couldn't attach to pod/web, falling back to streaming logs: container not found\n";
  expect(await attached("Running")).toEqual({ code: 0, stdout: "hello\n", stderr: warning });
});
