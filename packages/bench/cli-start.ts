import { join } from "node:path";
import { execPath } from "node:process";
import { kubectlPath, ROOT, run } from "@wherry/e2e/cluster.ts";
import { reportTimes, sampleInTurns, timed } from "./samples.ts";
import { withCluster } from "./scene/bench-cluster.ts";

// The command line against kubectl's: what needs no server, and what needs one call of it. Node alone is the floor.

const ROUNDS = 30;
const WHERRY = join(ROOT, "wherry");

await withCluster(async ({ env: { NODE_EXTRA_CA_CERTS: _, ...env } }) => {
  const kubectl = kubectlPath();
  const once =
    (command: string, ...args: string[]) =>
    async () =>
      timed(() => run(command, args, { env }));
  const versions = await sampleInTurns(ROUNDS, {
    wherry: once(WHERRY, "version", "--client"),
    kubectl: once(kubectl, "version", "--client"),
    node: once(execPath, "--eval", "0"),
  });
  const gets = await sampleInTurns(ROUNDS, { wherry: once(WHERRY, "get", "namespaces"), kubectl: once(kubectl, "get", "namespaces") });
  const goal = { atMost: 1 };
  reportTimes("cli-start.version", versions.wherry, { name: "kubectl version --client", values: versions.kubectl }, goal);
  reportTimes("cli-start.node", versions.wherry, { name: "node -e 0", values: versions.node });
  reportTimes("cli-start.get", gets.wherry, { name: "kubectl get namespaces", values: gets.kubectl }, goal);
});
