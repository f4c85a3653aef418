import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import {
  ApiException,
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  loadAllYaml,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  type V1Lease,
  V1MicroTime,
  type V1Status,
  Watch,
} from "@kubernetes/client-node";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dockerSocket, missing, TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { MANIFESTS } from "./kubectl.ts";
import { BUSYBOX } from "./scene.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of @kubernetes/client-node do not run: ${why}`);

/** An event of a watch or an informer, short enough to compare: `add a=1`. */
const seen = (verb: string, map: V1ConfigMap) => `${verb} ${map.metadata?.name}=${map.data?.value}`;
const withPatch = (strategy: PatchStrategy) => setHeaderOptions("Content-Type", strategy);

describe.skipIf(why)("@kubernetes/client-node", () => {
  let cluster: TestCluster;
  let config: KubeConfig;
  let core: CoreV1Api;
  let namespaces = 0;

  beforeAll(async () => {
    await buildImages(["busybox"], dockerSocket());
    cluster = await TestCluster.create("e2e-client");
    await cluster.up();
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  afterAll(() => cluster?.remove());

  const killServerAndUp = async () => {
    process.kill(cluster.pid("server"), "SIGKILL");
    await cluster.up();
  };

  async function newNamespace(): Promise<string> {
    const name = `client-${++namespaces}`;
    await core.createNamespace({ body: { metadata: { name } } });
    return name;
  }

  const create = (namespace: string, name: string, value = "1") =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { watched: "yes" } }, data: { value } } });
  const change = (namespace: string, name: string, value: string) =>
    core.patchNamespacedConfigMap({ namespace, name, body: { data: { value } } }, withPatch(PatchStrategy.MergePatch));

  /** What the call was refused with. */
  async function refusal(call: Promise<unknown>): Promise<{ code: number; body: V1Status }> {
    const error = await call.then(
      () => undefined,
      (e: unknown) => e,
    );
    if (!(error instanceof ApiException)) throw new Error(`expected an ApiException, not ${error}`);
    return { code: error.code, body: typeof error.body === "string" ? JSON.parse(error.body) : error.body };
  }

  it("creates, reads, lists, patches, replaces and deletes", async () => {
    const namespace = await newNamespace();
    const apps = config.makeApiClient(AppsV1Api);
    const body: V1Deployment = {
      metadata: { name: "web", labels: { app: "web" } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: BUSYBOX }] } },
      },
    };
    const made = await apps.createNamespacedDeployment({ namespace, body });
    expect(made).toMatchObject({ kind: "Deployment", metadata: { uid: expect.any(String), creationTimestamp: expect.any(Date) } });
    expect(made.spec?.strategy?.rollingUpdate).toEqual({ maxSurge: "25%", maxUnavailable: "25%" });
    const name = "web";
    await apps.patchNamespacedDeployment(
      { namespace, name, body: [{ op: "add", path: "/metadata/labels/x", value: "1" }] },
      withPatch(PatchStrategy.JsonPatch),
    );
    await apps.patchNamespacedDeployment(
      { namespace, name, body: { metadata: { labels: { y: "2" } } } },
      withPatch(PatchStrategy.MergePatch),
    );
    const container = { spec: { template: { spec: { containers: [{ name: "c", env: [{ name: "A", value: "1" }] }] } } } };
    const patched = await apps.patchNamespacedDeployment(
      { namespace, name, body: container },
      withPatch(PatchStrategy.StrategicMergePatch),
    );
    expect(patched.spec?.template.spec?.containers).toMatchObject([{ image: BUSYBOX, env: [{ name: "A", value: "1" }] }]);
    expect((await apps.listNamespacedDeployment({ namespace, labelSelector: "x=1,y=2" })).items).toHaveLength(1);
    expect(await apps.readNamespacedDeploymentScale({ namespace, name })).toMatchObject({ kind: "Scale", status: { selector: "app=web" } });
    const current = await apps.readNamespacedDeployment({ namespace, name });
    const replaced = await apps.replaceNamespacedDeployment({
      namespace,
      name,
      body: { ...current, spec: { ...current.spec!, paused: true } },
    });
    expect(replaced.metadata?.generation).toBe((current.metadata?.generation ?? 0) + 1);
    expect(await apps.deleteNamespacedDeployment({ namespace, name })).toMatchObject({ status: "Success" });
    expect((await refusal(apps.readNamespacedDeployment({ namespace, name }))).code).toBe(404);
  });

  it("applies on the server, to objects, their status and their scale", async () => {
    const namespace = await newNamespace();
    const apply = withPatch(PatchStrategy.ServerSideApply);
    const map = (data: Record<string, string>) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data });
    const ours = { namespace, name: "m", fieldManager: "ours" };
    const made = await core.patchNamespacedConfigMap({ ...ours, body: map({ a: "1", b: "1" }) }, apply);
    expect(made.metadata?.managedFields).toMatchObject([{ manager: "ours", operation: "Apply", time: expect.any(Date) }]);
    const theirs = { ...ours, fieldManager: "theirs" };
    const { code, body } = await refusal(core.patchNamespacedConfigMap({ ...theirs, body: map({ a: "2" }) }, apply));
    expect([code, body.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "ours": .data.a']);
    await core.patchNamespacedConfigMap({ ...theirs, force: true, body: map({ a: "2" }) }, apply);
    expect((await core.patchNamespacedConfigMap({ ...ours, body: map({}) }, apply)).data).toEqual({ a: "2" });

    const apps = config.makeApiClient(AppsV1Api);
    const type = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } };
    const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: BUSYBOX }] } };
    const spec = { paused: true, replicas: 0, selector: { matchLabels: { app: "web" } }, template };
    const web = { namespace, name: "web", fieldManager: "ours" };
    await apps.patchNamespacedDeployment({ ...web, body: { ...type, spec } }, apply);
    const status = { conditions: [{ type: "Checked", status: "True" }] };
    const checked = await apps.patchNamespacedDeploymentStatus({ ...web, fieldManager: "checker", body: { ...type, status } }, apply);
    expect(checked.status?.conditions?.map((condition) => condition.type)).toContain("Checked");
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: 0 } };
    const scaled = await apps.patchNamespacedDeploymentScale({ ...web, fieldManager: "scaler", body: scale }, apply);
    expect(scaled.metadata?.managedFields?.map((entry) => entry.manager).sort()).toEqual(["ours", "scaler"]);
  });

  it("gets typed errors", async () => {
    const namespace = await newNamespace();
    const made = await create(namespace, "a");
    expect(await refusal(core.readNamespacedConfigMap({ namespace, name: "none" }))).toEqual({
      code: 404,
      body: expect.objectContaining({ kind: "Status", reason: "NotFound", code: 404, details: { name: "none", kind: "configmaps" } }),
    });
    expect(await refusal(create(namespace, "a"))).toMatchObject({ code: 409, body: { reason: "AlreadyExists" } });
    await change(namespace, "a", "2");
    expect(await refusal(core.replaceNamespacedConfigMap({ namespace, name: "a", body: made }))).toMatchObject({
      code: 409,
      body: { reason: "Conflict" },
    });
    const pod = { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 70_000 }] }] } };
    expect(await refusal(core.createNamespacedPod({ namespace, body: pod }))).toMatchObject({
      code: 422,
      body: {
        reason: "Invalid",
        details: { causes: [{ field: "spec.containers[0].ports[0].containerPort", reason: "FieldValueInvalid" }] },
      },
    });
    const anonymous = new KubeConfig();
    anonymous.loadFromClusterAndUser(config.getCurrentCluster()!, { name: "nobody", token: "no-such-token" });
    expect((await refusal(anonymous.makeApiClient(CoreV1Api).listNode())).code).toBe(401);
  });

  it("pages through a list that changes meanwhile, as it was", async () => {
    const namespace = await newNamespace();
    const names = Array.from({ length: 25 }, (_, i) => `m${String(i).padStart(2, "0")}`);
    await Promise.all(names.map((name) => create(namespace, name)));
    const listed: (string | undefined)[] = [];
    const unlisted = names.slice(20);
    let _continue: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({ namespace, limit: 10, _continue, labelSelector: "watched" });
      listed.push(...page.items.map((m) => m.metadata?.name));
      _continue = page.metadata?._continue;
      if (_continue) await core.deleteNamespacedConfigMap({ namespace, name: unlisted.pop()! });
    } while (_continue);
    expect(listed).toEqual(names);
  });

  it("an informer sees each change once, through a server that is killed", async () => {
    const namespace = await newNamespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: "watched" });
    const informer = makeInformer<V1ConfigMap>(config, path, list, "watched");
    const events: string[] = [];
    for (const verb of ["add", "update", "delete"] as const) informer.on(verb, (map) => events.push(seen(verb, map)));
    // What everybody does who uses it: after an error, start again.
    informer.on("error", () => void eventually(() => informer.start().then(() => true)).catch(() => {}));
    onTestFinished(() => informer.stop());

    await create(namespace, "a");
    await informer.start();
    await create(namespace, "b");
    await change(namespace, "a", "2");
    await core.deleteNamespacedConfigMap({ namespace, name: "b" });
    const before = ["add a=1", "add b=1", "update a=2", "delete b=1"];
    await eventually(() => expect(events).toEqual(before));

    await killServerAndUp();
    await create(namespace, "c");
    await change(namespace, "a", "3");
    await change(namespace, "c", "2");
    await core.deleteNamespacedConfigMap({ namespace, name: "a" });
    const after = ["add c=1", "update a=3", "update c=2", "delete a=3"];
    await eventually(() => expect(events).toEqual([...before, ...after]));
    expect(informer.list().map((map) => map.metadata?.name)).toEqual(["c"]);
  });

  it("a watch goes on after a restart where it was", async () => {
    const namespace = await newNamespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const start = (await core.listNamespacedConfigMap({ namespace })).metadata?.resourceVersion;
    await create(namespace, "a");
    await killServerAndUp();
    await change(namespace, "a", "2");
    await killServerAndUp();
    await core.deleteNamespacedConfigMap({ namespace, name: "a" });
    const events: string[] = [];
    const watch = new Watch(config);
    const gone = Promise.withResolvers<void>();
    const request = await watch.watch(
      path,
      { resourceVersion: start, labelSelector: "watched" },
      (type, map) => events.push(seen(type, map)),
      () => gone.resolve(),
    );
    await eventually(() => expect(events).toEqual(["ADDED a=1", "MODIFIED a=2", "DELETED a=2"]));
    request.abort();
    await gone.promise;
  });

  it("elects one leader at a time by a Lease", async () => {
    const namespace = await newNamespace();
    const leases = config.makeApiClient(CoordinationV1Api);
    const name = "leader";
    const candidates = ["a", "b", "c"];
    const spec = (holderIdentity: string) => ({ holderIdentity, leaseDurationSeconds: 15, renewTime: new V1MicroTime() });
    const outcomes = async (calls: Promise<V1Lease>[]) => {
      const settled = await Promise.allSettled(calls);
      const refused = settled.flatMap((one) => (one.status === "rejected" ? [(one.reason as ApiException<unknown>).code] : []));
      return { won: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])), refused };
    };
    const first = await outcomes(
      candidates.map((id) => leases.createNamespacedLease({ namespace, body: { metadata: { name }, spec: spec(id) } })),
    );
    expect(first.refused).toEqual([409, 409]);
    for (let [lease] = first.won, round = 0; round < 10; round++) {
      const next = await outcomes(
        candidates.map((id) => leases.replaceNamespacedLease({ namespace, name, body: { ...lease, spec: spec(`${id}${round}`) } })),
      );
      expect(next.refused).toEqual([409, 409]);
      [lease] = next.won;
      expect((await leases.readNamespacedLease({ namespace, name })).spec?.holderIdentity).toBe(lease?.spec?.holderIdentity);
    }
  });

  it("applies a manifest of many kinds, runs a command and follows a log", async () => {
    const namespace = await newNamespace();
    const objects = KubernetesObjectApi.makeApiClient(config);
    for (const spec of loadAllYaml(readFileSync(join(MANIFESTS, "deployment.yaml"), "utf8"))) {
      await objects.create({ ...spec, metadata: { ...spec.metadata, namespace } });
    }
    const pod = await eventually(async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=hello" });
      return items.find((p) => p.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"));
    });
    const name = pod.metadata?.name ?? "";
    const said: Buffer[] = [];
    const out = new Writable({ write: (chunk, _, done) => done(said.push(chunk) ? null : undefined) });
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ["sh", "-c", "wc -c; echo done; exit 3"];
      new Exec(config).exec(namespace, name, "server", command, out, null, Readable.from(["12345"]), false, resolve).catch(reject);
    });
    expect(Buffer.concat(said).toString()).toMatch(/^\s*5\ndone\n$/);
    expect(status).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "3" }] },
    });

    const counter = {
      metadata: { name: "counter" },
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "c", image: BUSYBOX, command: ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.3; done"] }],
      },
    };
    await core.createNamespacedPod({ namespace, body: counter });
    await eventually(async () => (await core.readNamespacedPod({ namespace, name: "counter" })).status?.phase !== "Pending");
    const log = new PassThrough();
    await new Log(config).log(namespace, "counter", "c", log, { follow: true });
    expect((await log.setEncoding("utf8").toArray()).join("")).toBe("1\n2\n3\n");
  });
});
