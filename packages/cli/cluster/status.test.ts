import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Node, Pod } from "@wherry/api";
import { type ClusterPki, ensureClusterPki, kubeconfigYaml } from "@wherry/pki";
import { node, pod, readyStatus } from "@wherry/testkit";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DATA_VERSION, writeConfig } from "./config.ts";
import { runningPid, startProcess, stopProcess } from "./process.ts";
import { status } from "./status.ts";
import { adminKubeconfig } from "./up.ts";

let dir: string;
let dataDir: string;
let pki: ClusterPki;
let plane: ControlPlane;
let port: number;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "cluster-status-"));
  pki = await ensureClusterPki({ dir: join(dir, "pki"), hosts: [], now: Date.now() });
});
afterAll(() => rmSync(dir, { recursive: true }));

beforeEach(async () => {
  dataDir = mkdtempSync(join(dir, "data-"));
  plane = await startControlPlane({ server: { tls: { cert: pki.server.cert, key: pki.server.key, clientCa: pki.ca.cert } } });
  port = (await plane.server.listen({ host: "127.0.0.1", port: 0 })).port;
  return async () => {
    for (const role of ["server", "agent"] as const) await stopProcess(dataDir, role);
    await plane.close();
  };
});

/** What `up` leaves in the data directory. */
function saved(name = "default", context = "wherry"): void {
  const { cert, key } = pki.admin;
  const config = {
    apiPort: port,
    podCIDR: "10.244.0.0/16",
    serviceCIDR: "10.96.0.0/16",
    docker: "/d.sock",
    nodeName: "a",
    nodeIP: "192.0.2.1",
  };
  writeConfig(dataDir, { version: DATA_VERSION, name, ...config, kubeconfig: "/none" });
  mkdirSync(dirname(adminKubeconfig(dataDir)));
  writeFileSync(adminKubeconfig(dataDir), kubeconfigYaml({ server: `https://127.0.0.1:${port}`, ca: pki.ca.cert, cert, key, context }));
}

/** Processes that stand where the server and the agent would; the API is the one in this process. */
async function running(): Promise<void> {
  const path = join(dataDir, "program.mjs");
  writeFileSync(path, `import { writeSync } from "node:fs"; writeSync(3, '{"ready":true}\\n'); setInterval(() => {}, 1e6);`);
  for (const role of ["server", "agent"] as const) await startProcess(dataDir, role, [process.execPath, path], []);
}

async function addNode(name: string, options: Parameters<typeof node>[1]): Promise<void> {
  const wanted = node(name, options);
  const made = await plane.client.create(Node, wanted);
  await plane.client.update(Node, { ...made, status: wanted.status }, { subresource: "status" });
}

/** The rows by their first cell, and the exit code. */
async function report(): Promise<{ code: number; rows: [string, string][] }> {
  let text = "";
  const code = await status({ dataDir }, (more) => {
    text += more;
  });
  const rows = text.trimEnd().split("\n");
  return { code, rows: rows.map((row) => [row.slice(0, 10).trim(), row.slice(10)]) };
}

const head = (name = "default"): [string, string][] => [
  ["cluster", name],
  ["address", `https://127.0.0.1:${port}`],
  ["data", dataDir],
];
const processes = (): [string, string][] =>
  (["server", "agent"] as const).map((role) => [role, `running, pid ${runningPid(dataDir, role)}`]);

describe("the status of a cluster", () => {
  it("is well when both processes run and every node is ready", async () => {
    saved();
    await running();
    await addNode("a", {});
    const wanted = pod("one", { node: "a" });
    const made = await plane.client.create(Pod, wanted);
    await plane.client.update(Pod, { ...made, status: readyStatus("10.244.0.2") }, { subresource: "status" });
    await plane.client.create(Pod, pod("two"));
    expect(await report()).toEqual({ code: 0, rows: [...head(), ...processes(), ["nodes", "1 of 1 ready"], ["pods", "1 of 2 running"]] });
  });

  it("says what is wrong with a node", async () => {
    saved();
    await running();
    await addNode("a", {});
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const condition = { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "no word from it", lastTransitionTime };
    await addNode("b", { status: { conditions: [condition] } });
    await addNode("c", { status: { conditions: [] } });
    const { code, rows } = await report();
    expect([code, rows.slice(5)]).toEqual([
      1,
      [
        ["nodes", "1 of 3 ready"],
        ["node", "b: NodeStatusUnknown: no word from it"],
        ["node", "c: has not reported yet"],
        ["pods", "0 of 0 running"],
      ],
    ]);
  });

  it("is not well without a node", async () => {
    saved();
    await running();
    expect(await report()).toEqual({ code: 1, rows: [...head(), ...processes(), ["nodes", "0 of 0 ready"], ["pods", "0 of 0 running"]] });
  });

  it("says which process does not run, and how to start it", async () => {
    saved();
    await running();
    await stopProcess(dataDir, "agent");
    const { code, rows } = await report();
    const stopped = `not running: \`wherry up\` starts it; its log is ${join(dataDir, "agent.log")}`;
    expect([code, rows.slice(3, 5)]).toEqual([
      1,
      [
        ["server", `running, pid ${runningPid(dataDir, "server")}`],
        ["agent", stopped],
      ],
    ]);
  });

  it("says so when the API does not answer", async () => {
    saved();
    await plane.close();
    const { code, rows } = await report();
    expect([code, rows[5]]).toEqual([1, ["API", expect.stringContaining(`127.0.0.1:${port}`)]]);
  });

  it("says so when the server never got as far as its kubeconfig", async () => {
    saved();
    rmSync(adminKubeconfig(dataDir));
    const { code, rows } = await report();
    expect([code, rows[5]]).toEqual([1, ["API", expect.stringContaining(adminKubeconfig(dataDir))]]);
  });

  it("is that of the cluster in the directory, whatever the default name", async () => {
    saved("two", "wherry-two");
    const { rows } = await report();
    expect([rows[0], rows[5]]).toEqual([
      ["cluster", "two"],
      ["nodes", "0 of 0 ready"],
    ]);
  });

  it.each([
    [undefined, "Cluster default is not here. `wherry up` makes it.\n"],
    ["two", "Cluster two is not here. `wherry up --name two` makes it.\n"],
  ])("says how to make one where there is none (%s)", async (name, wanted) => {
    for (const folder of [dataDir, join(dataDir, "none")]) {
      let text = "";
      const code = await status({ name, dataDir: folder }, (more) => {
        text += more;
      });
      expect([code, text]).toEqual([1, wanted]);
    }
  });
});
