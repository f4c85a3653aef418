import { Deployment, Event, Job, Pod, Service, StatefulSet, summarizePod } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { deployment, pod, podTemplate } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deploymentController } from "../deployment/index.ts";
import { endpointSliceController } from "../endpointslices/index.ts";
import { replicaSetController } from "../replicaset/index.ts";
import { dependsOnController } from "./index.ts";

let plane: ControlPlane;
let clock: FakeClock;
let broken: Set<string>;
let kubelet: ReturnType<typeof hollowKubelet>;

beforeEach(async () => {
  clock = new FakeClock();
  broken = new Set();
  kubelet = hollowKubelet({ ready: (p) => !broken.has(p.metadata.labels?.app ?? "") });
  const controllers = [dependsOnController(), deploymentController(), replicaSetController(), endpointSliceController(), kubelet];
  plane = await startControlPlane({ clock, controllers });
});
afterEach(() => plane.close());

/** A Deployment whose pods depend on this. */
function deploy(name: string, dependsOn?: string) {
  const template = podTemplate(name);
  const metadata = { ...template.metadata, ...(dependsOn && { annotations: { "wherry.io/depends-on": dependsOn } }) };
  return plane.client.create(Deployment, deployment(name, 1, { template: { ...template, metadata } }));
}
const serve = (name: string) =>
  plane.client.create(Service, { metadata: { name, namespace: "default" }, spec: { selector: { app: name }, ports: [{ port: 80 }] } });
const podOf = async (app: string) => {
  const [found] = (await plane.client.list(Pod, { labelSelector: `app=${app}` })).items;
  if (!found) throw new Error(`there is no pod of ${app}`);
  return found;
};
const phase = async (app: string) => summarizePod(await podOf(app)).status;
const events = async (reason: string) => (await plane.client.list(Event)).items.filter((e) => e.reason === reason).map((e) => e.message);
/** Endpoints of a service are gathered for a while. */
async function settle(): Promise<void> {
  await plane.idle();
  await clock.advance(10_000);
  await plane.idle();
}

describe("a pod that depends on something", () => {
  it("waits for what is not there, says so, and starts when all is ready", async () => {
    broken.add("db");
    await deploy("web", "deployment/db, svc/cache");
    await settle();
    expect(await phase("web")).toBe("SchedulingGated");
    expect(await events("WaitingForDependencies")).toEqual(["Waiting for deployment/db (not found), service/cache (not found)"]);
    await deploy("db");
    await deploy("cache");
    await settle();
    expect(await events("WaitingForDependencies")).toContain("Waiting for deployment/db (0 of 1 available), service/cache (not found)");
    await serve("cache");
    await settle();
    const waiting = await podOf("web");
    expect(waiting.spec.nodeName).toBeUndefined();
    expect(waiting.status?.conditions?.find((c) => c.type === "PodScheduled")).toMatchObject({
      status: "False",
      reason: "SchedulingGated",
      message: "Waiting for deployment/db (0 of 1 available)",
    });
    broken.delete("db");
    kubelet.look();
    await settle();
    const started = await podOf("web");
    expect(started.metadata.uid).toBe(waiting.metadata.uid);
    expect([started.status?.phase, started.spec.schedulingGates ?? []]).toEqual(["Running", []]);
    expect(await events("DependenciesReady")).toEqual(["Ready to start: deployment/db, service/cache"]);
  });

  it("stays when what it depends on fails, and waits again for a new pod", async () => {
    await deploy("db");
    await deploy("web", "deployment/db");
    await settle();
    expect(await phase("web")).toBe("Running");
    broken.add("db");
    kubelet.look();
    await settle();
    const { metadata } = await podOf("web");
    expect(await phase("web")).toBe("Running");
    await plane.client.delete(Pod, { name: metadata.name, namespace: "default" });
    await settle();
    expect(await phase("web")).toBe("SchedulingGated");
  });

  it("waits in a chain", async () => {
    await deploy("web", "deployment/app");
    await deploy("app", "deployment/db");
    await settle();
    expect([await phase("web"), await phase("app")]).toEqual(["SchedulingGated", "SchedulingGated"]);
    await deploy("db");
    await settle();
    expect([await phase("web"), await phase("app")]).toEqual(["Running", "Running"]);
  });

  it("waits for the end of a job, and for a stateful set", async () => {
    const job = await plane.client.create(Job, {
      metadata: { name: "migrate", namespace: "default" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:v1" }] } } },
    });
    const set = await plane.client.create(StatefulSet, {
      metadata: { name: "db", namespace: "default" },
      spec: { serviceName: "db", replicas: 2, selector: { matchLabels: { app: "db" } }, template: podTemplate("db") },
    });
    await deploy("web", "job/migrate, statefulset/db");
    await settle();
    expect(await events("WaitingForDependencies")).toEqual(["Waiting for job/migrate (not complete), statefulset/db (0 of 2 ready)"]);
    const ready = { ...set, status: { replicas: 2, readyReplicas: 2 } };
    await plane.client.update(StatefulSet, ready, { subresource: "status" });
    await settle();
    expect(await phase("web")).toBe("SchedulingGated");
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z/, "Z");
    const ended = ["SuccessCriteriaMet", "Complete"].map((type) => ({ type, status: "True", lastTransitionTime: now }));
    const status = { startTime: now, completionTime: now, succeeded: 1, conditions: ended };
    await plane.client.update(Job, { ...job, status }, { subresource: "status" });
    await settle();
    expect(await phase("web")).toBe("Running");
  });

  it("keeps gates that are not its own", async () => {
    const { metadata, spec } = pod("web", { labels: { app: "web" } });
    const annotations = { "wherry.io/depends-on": "pod/db" };
    const schedulingGates = [{ name: "example.com/own" }];
    await plane.client.create(Pod, { metadata: { ...metadata, annotations }, spec: { ...spec, schedulingGates } });
    expect((await podOf("web")).spec.schedulingGates).toEqual([...schedulingGates, { name: "wherry.io/depends-on" }]);
    await plane.client.create(Pod, pod("db", { labels: { app: "db" } }));
    await settle();
    expect((await podOf("web")).spec.schedulingGates).toEqual(schedulingGates);
  });
});

describe("pods that wait for one another", () => {
  it("are told so, through deployments and services, and start when the circle is broken", async () => {
    await serve("web");
    await deploy("web", "deployment/db");
    await deploy("db", "service/web");
    await settle();
    expect([await phase("web"), await phase("db")]).toEqual(["SchedulingGated", "SchedulingGated"]);
    const told = await events("DependencyCycle");
    const round = "they wait for one another, and none can start";
    expect(told).toContain(`Waiting for service/web (no ready endpoint); ${round}: service/web -> deployment/db -> service/web`);
    expect(told).toContain(`Waiting for deployment/db (0 of 1 available); ${round}: deployment/db -> service/web -> deployment/db`);
    const body = { metadata: { annotations: { "wherry.io/depends-on": null } } };
    await plane.client.patch(Pod, { name: (await podOf("db")).metadata.name, namespace: "default" }, { type: "merge", body });
    await settle();
    expect([await phase("web"), await phase("db")]).toEqual(["Running", "Running"]);
  });
});

it("a template with a dependency that is none gets a warning, and its pods are refused with the reason", async () => {
  const made = await deploy("web", "configmap/settings");
  expect(Deployment.warnings?.(made)).toEqual([
    expect.stringContaining('annotations[wherry.io/depends-on]: Invalid value: "configmap/settings"'),
  ]);
  await plane.idle();
  const [message] = await events("FailedCreate");
  expect(message).toContain('metadata.annotations[wherry.io/depends-on]: Invalid value: "configmap/settings"');
});
