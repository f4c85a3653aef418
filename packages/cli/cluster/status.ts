import { Node, Pod } from "@wherry/api";
import { createClient, httpsTransport, loadKubeconfig } from "@wherry/client";
import { textTable } from "../output/text-table.ts";
import { checkName, contextName, DEFAULT_NAME, dataDirectory, readConfig } from "./config.ts";
import { isFolder } from "./folder.ts";
import { logPath, type Role, runningPid } from "./process.ts";
import { adminKubeconfig } from "./up.ts";

export interface StatusOptions {
  name?: string;
  dataDir?: string;
}

/** `wherry status`: what runs, where it answers, and what is wrong. Gives the exit code: 0 when all is well. */
export async function status(options: StatusOptions, write: (text: string) => void): Promise<number> {
  const name = options.name ?? DEFAULT_NAME;
  checkName(name);
  const dataDir = dataDirectory(name, options.dataDir);
  const config = isFolder(dataDir, "--data-dir") ? readConfig(dataDir) : undefined;
  if (!config) {
    write(`Cluster ${name} is not here. \`wherry up${options.name ? ` --name ${name}` : ""}\` makes it.\n`);
    return 1;
  }
  const processes = (["server", "agent"] as const).map((role) => processRow(dataDir, role));
  const api = await apiRows(dataDir, config.name);
  const rows = [
    ["cluster", config.name],
    ["address", `https://127.0.0.1:${config.apiPort}`],
    ["data", dataDir],
    ...processes.map((p) => p.row),
    ...api.rows,
  ];
  write(textTable(rows));
  return api.healthy && processes.every((p) => p.runs) ? 0 : 1;
}

function processRow(dataDir: string, role: Role): { row: string[]; runs: boolean } {
  const pid = runningPid(dataDir, role);
  const state = pid === undefined ? `not running: \`wherry up\` starts it; its log is ${logPath(dataDir, role)}` : `running, pid ${pid}`;
  return { row: [role, state], runs: pid !== undefined };
}

async function apiRows(dataDir: string, name: string): Promise<{ rows: string[][]; healthy: boolean }> {
  try {
    const { transport } = await loadKubeconfig({ path: adminKubeconfig(dataDir), context: contextName(name) });
    const client = createClient(httpsTransport(transport));
    const [nodes, pods] = await Promise.all([client.list(Node), client.list(Pod)]).finally(() => client.close());
    const ready = nodes.items.filter((n) => n.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"));
    const running = pods.items.filter((p) => p.status?.phase === "Running");
    const problems = nodes.items.filter((n) => !ready.includes(n)).map((n) => ["node", `${n.metadata.name}: ${notReady(n)}`]);
    const rows = [
      ["nodes", `${ready.length} of ${nodes.items.length} ready`],
      ...problems,
      ["pods", `${running.length} of ${pods.items.length} running`],
    ];
    return { rows, healthy: ready.length > 0 && problems.length === 0 };
  } catch (error) {
    return { rows: [["API", (error as Error).message]], healthy: false };
  }
}

function notReady(node: Node): string {
  const condition = node.status?.conditions?.find((c) => c.type === "Ready");
  return condition ? `${condition.reason ?? "NotReady"}: ${condition.message ?? ""}` : "has not reported yet";
}
