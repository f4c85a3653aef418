import { Event, Job, type JobSpec, Pod } from "@wherry/api";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE, Scene } from "./scene.ts";

describeOnCluster("jobs", "e2e-jobs", (cluster) => {
  /** A job whose pods run this shell script. */
  const run = (s: Scene, name: string, script: string, spec: Partial<JobSpec> = {}) =>
    s.create(Job, {
      metadata: { name },
      spec: {
        template: {
          spec: {
            restartPolicy: "Never",
            terminationGracePeriodSeconds: 1,
            containers: [{ name: "main", image: BUSYBOX, command: ["sh", "-c", script] }],
          },
        },
        ...spec,
      },
    });
  const ended = (s: Scene, name: string, type: string) =>
    s.until(Job, name, (job) => job.status?.conditions?.some((c) => c.type === type && c.status === "True"));
  const podsOf = async (s: Scene, name: string) =>
    (await s.client.list(Pod, { namespace: s.namespace, labelSelector: `job-name=${name}` })).items;

  it.concurrent("each index is done once, by a pod that knows it", async () => {
    const s = await Scene.create(cluster(), "indexed");
    await run(s, "work", 'echo "index $JOB_COMPLETION_INDEX on $(hostname)"', {
      completionMode: "Indexed",
      completions: 4,
      parallelism: 2,
    });
    const { status } = await ended(s, "work", "Complete");
    expect(status).toMatchObject({ succeeded: 4, completedIndexes: "0-3", uncountedTerminatedPods: {} });
    const pods = await podsOf(s, "work");
    expect(pods.flatMap((p) => p.metadata.finalizers ?? [])).toEqual([]);
    const printed = await Promise.all(pods.map((p) => s.logs(p.metadata.name)));
    expect(printed.map((text) => text.trim()).sort()).toEqual([0, 1, 2, 3].map((i) => `index ${i} on work-${i}`));
  });

  it.concurrent("a failure that the policy names ends it at once", async () => {
    const s = await Scene.create(cluster(), "failing");
    await run(s, "work", "exit 42", {
      backoffLimit: 6,
      podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }] },
    });
    const { status } = await ended(s, "work", "Failed");
    const [pod] = await podsOf(s, "work");
    expect(status).toMatchObject({ failed: 1, conditions: [{ type: "FailureTarget" }, { type: "Failed", reason: "PodFailurePolicy" }] });
    const message = `Container main for pod failing/${pod?.metadata.name} failed with exit code 42 matching FailJob rule at index 0`;
    expect(status?.conditions?.at(-1)?.message).toBe(message);
    await eventually(async () => (await s.client.list(Event, { namespace: "failing" })).items.some((e) => e.message === message));
  });

  it.concurrent("suspended it has no pods; resumed it goes on, to its deadline", async () => {
    const s = await Scene.create(cluster(), "suspended");
    await run(s, "work", IDLE[2] ?? "");
    await s.until(Job, "work", (job) => job.status?.ready === 1);
    const patch = (spec: object) => s.client.patch(Job, { name: "work", namespace: "suspended" }, { type: "merge", body: { spec } });
    await patch({ suspend: true });
    await eventually(async () => (await podsOf(s, "work")).length === 0);
    await patch({ suspend: false, activeDeadlineSeconds: 2, ttlSecondsAfterFinished: 2 });
    const { status } = await ended(s, "work", "Failed");
    expect(status).toMatchObject({
      failed: 1,
      conditions: [{ type: "Suspended", status: "False" }, { type: "FailureTarget" }, { reason: "DeadlineExceeded" }],
    });
    await s.gone(Job, "work");
    await eventually(async () => (await podsOf(s, "work")).length === 0);
  });

  it.concurrent("a cron job starts jobs, and so does a person", async () => {
    const k = await Kubectl.inNamespace(cluster(), "cron");
    await k.run("create", "cronjob", "tick", `--image=${BUSYBOX}`, "--schedule=@every 2s", "--", "echo", "tick");
    await k.run("wait", "--for=jsonpath={.status.lastSuccessfulTime}", "cronjob/tick", "--timeout=60s");
    await k.run("patch", "cronjob", "tick", "--type=merge", "-p", '{"spec":{"suspend":true}}');
    await k.run("create", "job", "by-hand", "--from=cronjob/tick");
    await k.run("wait", "--for=condition=Complete", "job/by-hand", "--timeout=60s");
    expect(await k.run("logs", "job/by-hand")).toBe("tick\n");
    const owner = "jsonpath={.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}";
    expect(await k.run("get", "job", "by-hand", "-o", owner)).toBe("CronJob/tick");
  });
});
