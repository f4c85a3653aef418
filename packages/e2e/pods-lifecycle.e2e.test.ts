import { type ContainerStatus, isPodReady, Pod, type PodSpec, type Probe } from "@wherry/api";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";
import { startGrpcHealthServer } from "./grpc-health-server.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE, Scene } from "./scene.ts";

const first = (pod: Pod): ContainerStatus | undefined => pod.status?.containerStatuses?.[0];
const reason = (status: ContainerStatus | undefined) => status?.state?.waiting?.reason ?? status?.state?.terminated?.reason;
const shell = (script: string) => ["sh", "-c", script];
const server = (prepare: string) => shell(`mkdir /www; ${prepare} exec httpd -f -p 8080 -h /www`);

describeOnCluster("the life of a pod", "e2e-life", (cluster) => {
  const probed = async (namespace: string) => Scene.create(cluster(), namespace);

  it.concurrent.each<[PodSpec["restartPolicy"], number, string]>([
    ["Never", 0, "Succeeded"],
    ["Never", 3, "Failed"],
    ["OnFailure", 0, "Succeeded"],
    ["OnFailure", 3, "Running"],
    ["Always", 0, "Running"],
    ["Always", 3, "Running"],
  ])("restartPolicy %s after exit code %i", async (restartPolicy, code, phase) => {
    const s = await probed(`restart-${restartPolicy?.toLowerCase()}-${code}`);
    await s.pod("p", { restartPolicy, main: { command: shell(`exit ${code}`) } });
    if (phase !== "Running") {
      const ended = await s.ended("p");
      expect(ended.status).toMatchObject({ phase, containerStatuses: [{ restartCount: 0, state: { terminated: { exitCode: code } } }] });
      return;
    }
    const looping = await s.until(Pod, "p", (pod) => (first(pod)?.restartCount ?? 0) >= 1 && reason(first(pod)) === "CrashLoopBackOff");
    expect(looping.status).toMatchObject({
      phase: "Running",
      containerStatuses: [{ ready: false, lastState: { terminated: { exitCode: code } } }],
    });
    expect(first(looping)?.state?.waiting?.message).toMatch(/^back-off \d+m?\d*s restarting failed container=main pod=p_restart-/);
    await s.event("p", "BackOff", "Back-off restarting failed container main in pod p_");
  });

  const live: [string, Probe, string[], string][] = [
    ["exec", { exec: { command: ["test", "-e", "/www/ok"] } }, server("touch /www/ok; (sleep 2; rm /www/ok) &"), "Liveness probe failed: "],
    [
      "httpGet",
      { httpGet: { path: "/ok", port: 8080 } },
      server("touch /www/ok; (sleep 2; rm /www/ok) &"),
      "Liveness probe failed: HTTP probe failed with statuscode: 404",
    ],
    ["tcpSocket", { tcpSocket: { port: 8080 } }, shell("timeout 2 httpd -f -p 8080; sleep 100"), "connect: connection refused"],
  ];
  it.concurrent.each(live)("a liveness probe by %s ends a container that is no longer well", async (how, probe, command, message) => {
    const s = await probed(`live-${how.toLowerCase()}`);
    const livenessProbe = { ...probe, periodSeconds: 1, failureThreshold: 2, initialDelaySeconds: 1 };
    await s.pod("p", { restartPolicy: "Always", main: { command, livenessProbe } });
    await s.event("p", "Unhealthy", message);
    await s.event("p", "Killing", "Container main failed liveness probe, will be restarted");
    await s.until(Pod, "p", (pod) => (first(pod)?.restartCount ?? 0) >= 1);
  });

  it.concurrent("readiness comes and goes without a restart; startup holds it back", async () => {
    const s = await probed("readiness");
    const check = (path: string): Probe => ({ exec: { command: ["test", "-e", path] }, periodSeconds: 1, failureThreshold: 1 });
    await s.pod("p", { main: { startupProbe: { ...check("/started"), failureThreshold: 60 }, readinessProbe: check("/ready") } });
    await s.event("p", "Unhealthy", "Startup probe failed: ");
    await s.sh("p", "touch /ready");
    expect(first(await s.get(Pod, "p"))).toMatchObject({ ready: false, started: false, state: { running: expect.anything() } });
    await s.sh("p", "touch /started");
    await s.until(Pod, "p", (pod) => isPodReady(pod) && first(pod)?.started === true);
    await s.sh("p", "rm /ready");
    const unready = await s.until(Pod, "p", (pod) => !isPodReady(pod));
    expect(unready.status?.conditions?.find((c) => c.type === "Ready")).toMatchObject({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unready status: [main]",
    });
    await s.sh("p", "touch /ready");
    expect(first(await s.until(Pod, "p", isPodReady))?.restartCount).toBe(0);
  });

  it.concurrent("a gRPC probe asks the health service", async () => {
    const health = await startGrpcHealthServer();
    onTestFinished(health.close);
    const s = await probed("grpc");
    // On the node's network, so that the probe finds this test's own server.
    await s.pod("p", { hostNetwork: true, main: { readinessProbe: { grpc: { port: health.port }, periodSeconds: 1 } } });
    await s.event("p", "Unhealthy", 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
    health.serve();
    await s.until(Pod, "p", isPodReady);
  });

  it.concurrent("init containers run in order, each to its end, before the others", async () => {
    const s = await probed("init");
    const step = (name: string, script: string) => ({
      name,
      image: BUSYBOX,
      command: shell(script),
      volumeMounts: [{ name: "v", mountPath: "/v" }],
    });
    const containers = [step("main", "cat /v/order")];
    const initContainers = [
      step("one", "sleep 1; echo one >> /v/order"),
      step("two", "test -e /v/tried || { touch /v/tried; exit 1; }; echo two >> /v/order"),
    ];
    await s.pod("p", { restartPolicy: "OnFailure", initContainers, containers, volumes: [{ name: "v", emptyDir: {} }] });
    const waiting = await s.until(Pod, "p", (pod) => pod.status?.initContainerStatuses?.[0]?.state?.running);
    expect(first(waiting)?.state).toEqual({ waiting: { reason: "PodInitializing" } });
    expect(waiting.status?.conditions?.find((c) => c.type === "Initialized")).toMatchObject({
      status: "False",
      reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [one two]",
    });
    const ended = await s.ended("p");
    expect(ended.status).toMatchObject({
      phase: "Succeeded",
      initContainerStatuses: [
        { restartCount: 0, ready: true },
        { restartCount: 1, ready: true },
      ],
    });
    expect(await s.logs("p")).toBe("one\ntwo\n");
    await s.pod("never", { initContainers: [step("bad", "exit 5")], containers, volumes: [{ name: "v", emptyDir: {} }] });
    expect((await s.ended("never")).status).toMatchObject({
      phase: "Failed",
      initContainerStatuses: [{ state: { terminated: { exitCode: 5 } } }],
    });
  });

  it.concurrent("hooks: the first after the start, the last before the signal, within the grace", async () => {
    const s = await probed("hooks");
    const lifecycle = {
      postStart: { exec: { command: shell("echo started > /proc/1/fd/1") } },
      preStop: { exec: { command: shell("echo stopping > /proc/1/fd/1; sleep 0.5; echo stopped > /proc/1/fd/1") } },
    };
    const command = shell("trap 'echo signal; exit 0' TERM; while :; do sleep 0.1; done");
    await s.ready("p", { terminationGracePeriodSeconds: 20, main: { command, lifecycle } });
    const log = s.logs("p", { follow: "true" });
    await s.client.delete(Pod, { name: "p", namespace: s.namespace });
    expect(await log).toBe("started\nstopping\nstopped\nsignal\n");
    await s.gone(Pod, "p");
    await s.pod("bad", {
      restartPolicy: "Always",
      main: { command: IDLE, lifecycle: { postStart: { exec: { command: shell("echo no; exit 7") } } } },
    });
    await s.event("bad", "FailedPostStartHook");
    await s.until(Pod, "bad", (pod) => (first(pod)?.restartCount ?? 0) >= 1 && first(pod)?.ready === false);
  });

  it.concurrent("who does not heed the signal is killed when the grace is over; who does is not", async () => {
    const s = await probed("grace");
    const seen = new Map<string, Pod>();
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    void (async () => {
      for await (const { object } of s.client.watch(Pod, { namespace: s.namespace }, stop.signal)) seen.set(object.metadata.name, object);
    })().catch(() => {});
    await Promise.all([
      s.ready("deaf", { terminationGracePeriodSeconds: 2, main: { command: shell("trap '' TERM; while :; do sleep 0.1; done") } }),
      s.ready("obedient", {
        terminationGracePeriodSeconds: 60,
        main: { command: shell("trap 'exit 9' TERM; while :; do sleep 0.1; done") },
      }),
    ]);
    await Promise.all(["deaf", "obedient"].map((name) => s.client.delete(Pod, { name, namespace: s.namespace })));
    await Promise.all(["deaf", "obedient"].map((name) => s.gone(Pod, name)));
    const code = (name: string) => first(seen.get(name)!)?.state?.terminated?.exitCode;
    await eventually(() => expect([code("deaf"), code("obedient")]).toEqual([137, 9]));
  });

  it.concurrent("a deadline ends the pod", async () => {
    const s = await probed("deadline");
    await s.pod("p", { activeDeadlineSeconds: 2 });
    expect((await s.ended("p")).status).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    });
  });

  it.concurrent("logs: from a time on, with times, the last lines, of an end before", async () => {
    const s = await probed("logs");
    const script = "echo first; sleep 1.1; echo second; sleep 0.3; echo third >&2; sleep 0.3; exit 1";
    await s.pod("p", { restartPolicy: "OnFailure", main: { command: shell(script) } });
    await s.until(Pod, "p", (pod) => first(pod)?.restartCount === 1);
    const previous = { previous: "true" };
    expect(await s.logs("p", previous)).toBe("first\nsecond\nthird\n");
    expect(await s.logs("p", { ...previous, tailLines: "1" })).toBe("third\n");
    const stamped = (await s.logs("p", { ...previous, timestamps: "true" })).trim().split("\n");
    expect(stamped.map((line) => line.split(" ")[1])).toEqual(["first", "second", "third"]);
    const sinceTime = stamped[1]?.split(" ")[0]?.replace(/\.\d+Z$/, "Z") ?? "";
    expect(await s.logs("p", { ...previous, sinceTime })).toBe("second\nthird\n");
    expect(await s.logs("p", { ...previous, limitBytes: "8" })).toBe("first\nse");
  });
});
