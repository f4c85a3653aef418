import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment, Pod, ReplicaSet } from "@wherry/api";
import { buildImages } from "@wherry/images/build.ts";
import { expect, it } from "vitest";
import { dockerSocket } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { Kubectl } from "./kubectl.ts";
import { underKeptConnections, underWebSockets } from "./lasting-load.ts";
import { fetchOnce } from "./load.ts";
import { describeOnCluster } from "./on-cluster.ts";

const LONG = process.env.WHERRY_TEST_LONG === "1";
const ROLLOUTS = LONG ? 100 : 5;
const NODE_PORT = 31190;
const CLIENTS = 4;
const SERVER = readFileSync(join(import.meta.dirname, "echo-server.ts"), "utf8");

const manifest = (round: string) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        ...{ apiVersion: "v1", kind: "Service", metadata: { name: "echo" } },
        spec: { type: "NodePort", selector: { app: "echo" }, ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }] },
      },
      {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "echo" } },
        spec: {
          replicas: 2,
          revisionHistoryLimit: 3,
          selector: { matchLabels: { app: "echo" } },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: { labels: { app: "echo" } },
            spec: {
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: "echo",
                  image: "wherry-demo/web:v1",
                  command: ["/bin/node", "--input-type=module-typescript", "-e", SERVER],
                  env: [{ name: "ROUND", value: round }],
                  readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
                },
              ],
            },
          },
        },
      },
    ],
  });

describeOnCluster("rollouts under load", "e2e-rollouts", (cluster) => {
  it(
    `${ROLLOUTS} of them, paused, resumed and undone, fail no request and break no WebSocket`,
    async () => {
      await buildImages(["web"], dockerSocket());
      const k = await Kubectl.inNamespace(cluster(), "rollouts");
      const client = await cluster().client();
      await k.with(manifest("0"), "apply");
      const complete = () => k.run("rollout", "status", "deployment/echo", "--timeout=170s");
      const answers = async () => (await fetchOnce(`http://127.0.0.1:${NODE_PORT}/`)).body;
      await complete();
      await eventually(async () => (await answers()) === "0");

      /** How many ReplicaSets are to have pods: two in the middle of a rollout. */
      const sizes = async () => {
        const { items } = await client.list(ReplicaSet, { namespace: "rollouts" });
        return items.map((rs) => rs.spec.replicas ?? 0).filter((replicas) => replicas > 0);
      };
      const deployment = () => client.get(Deployment, { name: "echo", namespace: "rollouts" });
      const progress = (d: Deployment) => d.status?.conditions?.find((c) => c.type === "Progressing")?.reason;
      /** Stops a rollout where it stands: not even another change moves it on before it is resumed. */
      const pauseInTheMiddle = async (round: number) => {
        await eventually(async () => (await sizes()).length === 2, 60, 10);
        await k.run("rollout", "pause", "deployment/echo");
        await eventually(async () => progress(await deployment()) === "DeploymentPaused");
        const stopped = await sizes();
        await k.run("set", "env", "deployment/echo", `PAUSED=${round}`);
        await eventually(async () => {
          const { metadata, status } = await deployment();
          return status?.observedGeneration === metadata.generation;
        });
        expect(await sizes()).toEqual(stopped);
        await k.run("rollout", "resume", "deployment/echo");
      };
      const rollOut = async (round: number) => {
        await k.run("set", "env", "deployment/echo", `ROUND=${round}`);
        if (round % 2 === 0) await pauseInTheMiddle(round);
        await complete();
        await eventually(async () => (await answers()) === String(round));
        // Never one that was paused: its last revision but one has this round, too.
        if (round % 4 !== 3) return;
        await k.run("rollout", "undo", "deployment/echo");
        await complete();
        await eventually(async () => (await answers()) === String(round - 1));
      };

      const url = `127.0.0.1:${NODE_PORT}/`;
      let sockets: Awaited<ReturnType<typeof underWebSockets>> | undefined;
      const requests = await underKeptConnections(`http://${url}`, CLIENTS, async () => {
        sockets = await underWebSockets(`ws://${url}`, CLIENTS, async () => {
          for (let round = 1; round <= ROLLOUTS; round++) await rollOut(round);
        });
      });

      expect([...requests.failures, ...(sockets?.failures ?? [])]).toEqual([]);
      // Each connection lasted until its pod went: there were few of them, and many answers over each.
      for (const { answered, connections } of [requests, sockets ?? requests]) {
        expect(connections).toBeGreaterThan(CLIENTS);
        expect(answered).toBeGreaterThan(2 * connections);
      }
      const { items } = await client.list(Pod, { namespace: "rollouts", labelSelector: "app=echo" });
      expect(items.filter((pod) => !pod.metadata.deletionTimestamp)).toHaveLength(2);
    },
    LONG ? 3_600_000 : undefined,
  );
});
