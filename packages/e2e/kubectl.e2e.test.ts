import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { kubectlPath, run } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { Kubectl, MANIFESTS } from "./kubectl.ts";
import { fetchOnce } from "./load.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX } from "./scene.ts";

const HELLO = join(MANIFESTS, "deployment.yaml");
const HELLO_YAML = readFileSync(HELLO, "utf8");
const SLEEP = ["--", "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"];
const restartCount = "jsonpath={.status.containerStatuses[0].restartCount}";

describeOnCluster("real kubectl", "e2e-kubectl", (cluster) => {
  const inNamespace = (namespace: string) => Kubectl.inNamespace(cluster(), namespace);

  it.concurrent("applies, shows, changes and deletes a deployment", async () => {
    const k = await inNamespace("apply");
    expect(await k.run("apply", "-f", HELLO)).toBe("service/hello created\ndeployment.apps/hello created\n");
    expect(await k.run("apply", "-f", HELLO)).toBe("service/hello unchanged\ndeployment.apps/hello unchanged\n");
    await k.run("rollout", "status", "deployment/hello", "--timeout=60s");

    expect(await k.run("get", "deployment", "hello")).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nhello +2\/2 +2 +2 +\d+s\n$/);
    expect(await k.run("get", "pods", "-o", "wide")).toMatch(
      /^NAME .* IP +NODE +NOMINATED NODE +READINESS GATES\nhello-.* 1\/1 +Running +0 /,
    );
    expect(await k.run("get", "deploy/hello", "-o", "name")).toBe("deployment.apps/hello\n");
    expect(await k.run("get", "deploy", "-o", "jsonpath={.items[*].spec.replicas}")).toBe("2");
    expect(JSON.parse(await k.run("get", "svc/hello", "-o", "json"))).toMatchObject({ kind: "Service", spec: { type: "ClusterIP" } });
    expect(await k.run("get", "svc/hello", "-o", "yaml")).toMatch(/^apiVersion: v1\nkind: Service\n/);
    expect(await k.run("get", "pods", "-o", "custom-columns=N:.metadata.labels.app", "--no-headers")).toBe("hello\nhello\n");
    expect(await k.run("get", "all", "--show-labels")).toMatch(/replicaset\.apps\/hello-\w+ +2 +2 +2 +\d+s +app=hello,pod-template-hash=/);
    expect(await k.run("describe", "deployment", "hello")).toMatch(
      /Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable/,
    );
    expect(await k.run("describe", "service", "hello")).toMatch(/Endpoints: +[\d.]+:8080,[\d.]+:8080\n/);

    expect(await k.with(HELLO_YAML.replace("replicas: 2", "replicas: 3"), "apply")).toMatch(
      /^service\/hello unchanged\ndeployment.apps\/hello configured\n/,
    );
    const { code, stdout } = await k.try(["diff", "-f", HELLO]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^- +replicas: 3\n\+ +replicas: 2$/m)]);
    expect(await k.run("delete", "-f", HELLO)).toMatch(/^service "hello" deleted.*\ndeployment\.apps "hello" deleted/);
    await eventually(async () => (await k.try(["get", "all"])).stderr.startsWith("No resources found"));
  });

  it.concurrent("creates, replaces, edits and deletes in every way", async () => {
    const k = await inNamespace("create");
    await k.run("create", "configmap", "settings", "--from-literal=a=1");
    await k.run("create", "secret", "generic", "key", "--from-literal=password=p");
    await k.run("create", "serviceaccount", "robot");
    await k.run("create", "service", "clusterip", "front", "--tcp=80:8080");
    await k.run("create", "quota", "q", "--hard=pods=1", "--dry-run=client");
    expect(await k.run("create", "configmap", "ghost", "--from-literal=a=1", "--dry-run=server")).toBe(
      "configmap/ghost created (server dry run)\n",
    );
    expect(await k.refused("get", "configmap", "ghost")).toBe('Error from server (NotFound): configmaps "ghost" not found\n');
    expect(await k.refused("create", "configmap", "settings")).toMatch(/configmaps "settings" already exists/);
    expect(await k.refused("create", "deployment", "Bad_Name", "--image=x")).toMatch(
      /is invalid: .*metadata\.name: Invalid value: "Bad_Name"/,
    );

    const settings = await k.run("get", "configmap", "settings", "-o", "yaml");
    await k.with(settings.replace('a: "1"', 'a: "2"'), "replace");
    expect(await k.with(settings, "replace").catch(String)).toMatch(
      /\(Conflict\).*the object has been modified; please apply your changes to the latest version/,
    );
    await k.try(["edit", "configmap", "settings"], { env: { KUBE_EDITOR: `sed -i 's/a: "2"/a: "3"/'` } });
    expect(await k.run("get", "configmap", "settings", "-o", "jsonpath={.data.a}")).toBe("3");
    expect(await k.run("create", "--dry-run=client", "-f", HELLO, "-o", "name")).toBe("service/hello\ndeployment.apps/hello\n");

    await k.run("label", "configmap", "settings", "tier=x");
    expect(await k.run("delete", "configmap", "-l", "tier=x")).toMatch(/^configmap "settings" deleted/);
    expect(await k.run("delete", "secret,service", "--all")).toMatch(/secret "key" deleted.*\nservice "front" deleted/);
    expect(await k.run("delete", "secret", "key", "--ignore-not-found")).toBe("");
    expect(await k.refused("delete", "secret", "key")).toMatch(/secrets "key" not found/);
  });

  it.concurrent("scales and rolls out, back, and forth", async () => {
    const k = await inNamespace("rollout");
    const status = () => k.run("rollout", "status", "deployment/web", "--timeout=90s");
    expect(await k.run("create", "deployment", "web", `--image=${BUSYBOX}`, "--replicas=2", ...SLEEP)).toBe(
      "deployment.apps/web created\n",
    );
    expect(await status()).toMatch(/deployment "web" successfully rolled out\n$/);
    expect(await k.run("scale", "deployment/web", "--replicas=3")).toBe("deployment.apps/web scaled\n");
    expect(await k.refused("scale", "deployment/web", "--current-replicas=7", "--replicas=1")).toMatch(/Expected replicas to be 7, was 3/);
    await k.run("wait", "deployment/web", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=60s");

    await k.run("set", "env", "deployment/web", "COLOUR=blue");
    await k.run("annotate", "deployment/web", "kubernetes.io/change-cause=blue");
    await status();
    await k.run("rollout", "restart", "deployment/web");
    await status();
    expect(await k.run("rollout", "history", "deployment/web")).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +blue\n3 +blue\n/);
    expect(await k.run("rollout", "history", "deployment/web", "--revision=2")).toMatch(/COLOUR:\tblue/);

    await k.run("rollout", "undo", "deployment/web", "--to-revision=1");
    await status();
    expect(await k.run("get", "deployment/web", "-o", "jsonpath={.spec.template.spec.containers[0].env}")).toBe("");
    await k.run("rollout", "pause", "deployment/web");
    await k.run("set", "image", "deployment/web", "busybox=wherry-test/none:1");
    expect(await k.refused("rollout", "undo", "deployment/web")).toMatch(
      /cannot rollback a paused deployment; resume it first with 'kubectl rollout resume'/,
    );
    await k.run("set", "image", "deployment/web", `busybox=${BUSYBOX}`);
    await k.run("rollout", "resume", "deployment/web");
    await status();
    expect(await k.run("get", "replicasets", "-o", "jsonpath={.items[*].spec.replicas}")).toMatch(/^(0 0 3|0 3 0|3 0 0)$/);
  });

  it.concurrent("shows logs: followed, the last, of before, by time, of several", async () => {
    const k = await inNamespace("logs");
    const script = "echo start; for i in 1 2 3; do echo line $i; done; echo problem; sleep 1; exit 3";
    await k.run("run", "talker", `--image=${BUSYBOX}`, "--", "sh", "-c", script);
    await k.run("apply", "-f", join(MANIFESTS, "two-container-pod.yaml"));
    await eventually(async () => (await k.run("get", "pod", "talker", "-o", restartCount)) === "1");
    const before = await eventually(() => k.run("logs", "talker", "--previous"));
    expect(before).toBe("start\nline 1\nline 2\nline 3\nproblem\n");
    expect(await k.run("logs", "talker", "-p", "--tail=2")).toBe("line 3\nproblem\n");
    expect(await k.run("logs", "talker", "-p", "--limit-bytes=5")).toBe("start");
    expect(await k.run("logs", "talker", "-p", "--timestamps", "--tail=1")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z problem\n$/);
    expect(await k.run("logs", "talker", "-p", "--since=1h")).toBe(before);
    expect(await k.run("logs", "-l", "run=talker", "-p", "--tail=1")).toBe("problem\n");
    expect(await k.refused("logs", "talker", "-c", "other")).toMatch(/container other is not valid for pod talker/);
    expect(await k.refused("logs", "nobody")).toMatch(/pods "nobody" not found/);
    expect(await k.refused("logs", "two-containers", "-p", "-c", "web")).toMatch(
      /previous terminated container "web" in pod "two-containers" not found/,
    );
    expect(await k.run("logs", "two-containers", "--all-containers", "--prefix")).toBe("");

    await k.run("apply", "-f", join(MANIFESTS, "counter-pod.yaml"));
    await k.run("wait", "--for=condition=Ready", "pod/counter", "--timeout=60s");
    await using followed = k.start("logs", "-f", "counter", "--tail=1");
    await followed.until(/: line\n.*: line\n.*: line\n/);
    const numbers = followed.lines.map((line) => Number.parseInt(line, 10));
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? Number.NaN) + i));
    // The stream ends with the container.
    await k.run("delete", "pod", "counter", "--now");
    expect(await followed.ended()).toBe(0);
  });

  it.concurrent("runs commands in containers", async () => {
    const k = await inNamespace("exec");
    await k.run("apply", "-f", join(MANIFESTS, "share-process-namespace.yaml"));
    await k.run("wait", "--for=condition=Ready", "pod/shared-processes", "--timeout=60s");
    const exec = (...rest: string[]) => ["exec", "shared-processes", ...rest];
    expect(await k.run(...exec("-c", "shell", "--", "echo", "a  b", "$HOME"))).toBe("a  b $HOME\n");
    expect(await k.try(exec("-c", "shell", "--", "sh", "-c", "echo out; echo err >&2; exit 7"))).toEqual({
      code: 7,
      stdout: "out\n",
      stderr: "err\ncommand terminated with exit code 7\n",
    });
    expect((await k.try(exec("-i", "-c", "shell", "--", "wc", "-c"), { input: "x".repeat(300_000) })).stdout.trim()).toBe("300000");
    const many = await k.run(...exec("-c", "shell", "--", "sh", "-c", "yes 0123456789abcde | head -c 4000000"));
    expect([many.length, many.replaceAll("0123456789abcde\n", "")]).toEqual([4_000_000, ""]);
    expect(await k.run(...exec("--", "hostname"))).toBe("shared-processes\n");
    expect(await k.refused(...exec("-c", "nobody", "--", "true"))).toMatch(/container nobody is not valid for pod shared-processes/);
    expect(await k.try(exec("-c", "shell", "--", "no-such-program"))).toMatchObject({
      code: 126,
      stdout: expect.stringContaining('exec: "no-such-program": executable file not found in $PATH'),
    });
    expect(await k.refused("exec", "nobody", "--", "true")).toMatch(/pods "nobody" not found/);
    // In a terminal of its own, whose size arrives.
    const sized = 'until [ "$(stty size 2>&1)" = "33 101" ]; do sleep 0.1; done; tty';
    const words = exec("-it", "-c", "shell", "--", "sh", "-c", `'${sized}'`).join(" ");
    const session = `stty rows 33 cols 101; '${kubectlPath()}' -n ${k.namespace} ${words}`;
    const terminal = await run("script", ["--quiet", "--return", "--command", session, "/dev/null"], { env: cluster().env, input: "" });
    expect([terminal.code, terminal.stdout]).toEqual([0, expect.stringContaining("/dev/pts/0")]);
    await k.try(["cp", HELLO, "shared-processes:/tmp/hello.yaml", "-c", "server"]);
    expect(await k.run(...exec("-c", "server", "--", "cat", "/tmp/hello.yaml"))).toBe(HELLO_YAML);
  });

  it.concurrent("runs and exposes: a pod, a service, a node port that answers", async () => {
    const k = await inNamespace("expose");
    const serve = "hostname > /tmp/index.html; exec httpd -f -p 8080 -h /tmp";
    await k.run("run", "page", `--image=${BUSYBOX}`, "--port=8080", "--labels=app=page", "--command", "--", "sh", "-c", serve);
    expect(await k.run("expose", "pod", "page", "--port=80", "--target-port=8080")).toBe("service/page exposed\n");
    const override = JSON.stringify({ spec: { ports: [{ port: 80, targetPort: 8080, nodePort: 31100 }] } });
    await k.run("expose", "pod", "page", "--name=outside", "--type=NodePort", "--port=80", `--overrides=${override}`);
    expect(await k.run("get", "service", "outside")).toMatch(/outside +NodePort +[\d.]+ +<none> +80:31100\/TCP +\d+s/);
    expect(await eventually(() => fetchOnce("http://127.0.0.1:31100/"))).toEqual({ status: 200, body: "page\n" });
    const ip = await k.run("get", "service", "page", "-o", "jsonpath={.spec.clusterIP}");
    expect(await eventually(() => fetchOnce(`http://${ip}/`))).toEqual({ status: 200, body: "page\n" });
    expect(await k.run("get", "endpoints", "page")).toMatch(/page +[\d.]+:8080 /);
    expect(await k.run("get", "endpointslices", "-l", "kubernetes.io/service-name=page")).toMatch(/page-\w+ +IPv4 +8080 +[\d.]+ /);
    await k.run("run", "once", `--image=${BUSYBOX}`, "--restart=Never", "--env=WHO=me", "--", "sh", "-c", "echo $WHO");
    await k.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/once", "--timeout=60s");
    expect(await k.run("logs", "once")).toBe("me\n");
    expect(await k.run("get", "pod", "once")).toMatch(/once +0\/1 +Completed +0 /);
    expect(await k.run("delete", "pod", "once", "--grace-period=0", "--force")).toMatch(/pod "once" force deleted/);
  });

  it.concurrent("labels, annotates, selects and patches in all three ways", async () => {
    const k = await inNamespace("patch");
    await k.run("create", "deployment", "web", `--image=${BUSYBOX}`, "--replicas=0");
    expect(await k.run("label", "deployment/web", "tier=front", "zone=a")).toBe("deployment.apps/web labeled\n");
    expect(await k.refused("label", "deployment/web", "tier=back")).toMatch(
      /'tier' already has a value \(front\), and --overwrite is false/,
    );
    expect(await k.run("label", "deployment/web", "tier=back", "--overwrite")).toBe("deployment.apps/web labeled\n");
    expect(await k.run("label", "deployment/web", "zone-")).toBe("deployment.apps/web unlabeled\n");
    expect(await k.run("get", "deployments", "-l", "tier in (back,front),!zone", "-o", "name")).toBe("deployment.apps/web\n");
    expect(await k.run("get", "deployments", "-l", "tier=back", "-L", "tier", "--no-headers")).toMatch(/ back\n$/);
    expect(await k.run("annotate", "deployment/web", "note=first")).toBe("deployment.apps/web annotated\n");

    const container = (part: object) => JSON.stringify({ spec: { template: { spec: { containers: [{ name: "busybox", ...part }] } } } });
    await k.run("patch", "deployment", "web", "-p", container({ env: [{ name: "A", value: "1" }] }));
    await k.run("patch", "deployment", "web", "-p", container({ env: [{ name: "B", value: "2" }] }));
    await k.run(
      "patch",
      "deployment",
      "web",
      "--type=json",
      "-p",
      '[{"op":"add","path":"/spec/template/spec/containers/0/tty","value":true}]',
    );
    await k.run("patch", "deployment", "web", "--type=merge", "-p", '{"metadata":{"annotations":{"note":null,"other":"x"}}}');
    const patched = JSON.parse(await k.run("get", "deployment", "web", "-o", "json"));
    expect(patched.spec.template.spec.containers).toMatchObject([
      {
        image: BUSYBOX,
        tty: true,
        env: expect.arrayContaining([expect.objectContaining({ name: "A" }), expect.objectContaining({ name: "B" })]),
      },
    ]);
    expect(patched.metadata.annotations).toMatchObject({ other: "x" });
    expect(patched.metadata.annotations).not.toHaveProperty("note");
    expect(await k.refused("patch", "deployment", "web", "--type=json", "-p", '[{"op":"test","path":"/kind","value":"x"}]')).toMatch(
      /the server rejected our request due to an error in our request|testing .* failed/,
    );
    expect(await k.run("patch", "deployment", "web", "-p", '{"spec":{"replicas":0}}')).toBe("deployment.apps/web patched (no change)\n");
  });

  it.concurrent("waits and watches", async () => {
    const k = await inNamespace("watch");
    await using watching = k.start("get", "pods", "-w", "--output-watch-events");
    await using events = k.start("get", "events", "-w");
    await using deleted = k.start("wait", "--for=delete", "pod/p", "--timeout=60s");
    expect(await deleted.ended()).toBe(0);
    await k.run("run", "p", `--image=${BUSYBOX}`, "--restart=Never", ...SLEEP);
    await k.run("wait", "--for=condition=Ready", "pod/p", "--timeout=60s");
    await k.run("delete", "pod", "p", "--grace-period=1");
    await watching.until(/DELETED +p /);
    expect(watching.output).toMatch(/ADDED +p +0\/1 +Pending[\s\S]*MODIFIED +p +1\/1 +Running[\s\S]*DELETED +p /);
    await events.until(/Normal +Started +pod\/p +Started container p[\s\S]*Normal +Killing +pod\/p +Stopping container p/);
    expect(await k.refused("wait", "--for=condition=Ready", "pod/p", "--timeout=1s")).toMatch(/pods "p" not found/);
    expect(await k.run("events", "--for", "pod/p")).toMatch(/Scheduled +Pod\/p +Successfully assigned watch\/p to /);
    expect(await k.run("get", "events", "--field-selector", "reason=Scheduled,involvedObject.name=p", "--no-headers")).toMatch(
      /^\S+ +Normal +Scheduled +pod\/p /,
    );
  });

  it.concurrent("finds out what the API serves and explains it", async () => {
    const k = await inNamespace("discover");
    expect(await k.run("api-resources")).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    const clusterWide = (await k.run("api-resources", "--namespaced=false", "-o", "name")).split("\n");
    expect(clusterWide).toEqual(expect.arrayContaining(["namespaces", "nodes", "clusterroles.rbac.authorization.k8s.io"]));
    expect(clusterWide).not.toContain("pods");
    expect((await k.run("api-versions")).split("\n")).toEqual(expect.arrayContaining(["apps/v1", "v1", "discovery.k8s.io/v1"]));
    expect(await k.run("explain", "pod.spec.containers.livenessProbe.httpGet")).toMatch(
      /FIELD: httpGet <HTTPGetAction>[\s\S]*port\t<IntOrString> -required-/,
    );
    expect(await k.run("explain", "deployment.spec.strategy", "--recursive")).toMatch(
      /rollingUpdate\t<RollingUpdateDeployment>\n +maxSurge\t<IntOrString>/,
    );
    expect(await k.refused("explain", "pod.spec.nonsense")).toMatch(/field "nonsense" does not exist/);
    expect(await k.run("version")).toMatch(/Server Version: v1\.\d+\.\d+\+wherry/);
    expect(await k.run("cluster-info")).toMatch(/is running at/);
    expect(await k.run("get", "--raw", "/readyz")).toBe("ok");
    expect(await k.refused("get", "unicorns")).toBe('error: the server doesn\'t have a resource type "unicorns"\n');
    expect(await k.refused("top", "nodes")).toMatch(/Metrics API not available/);
    expect(await k.run("get", "nodes", "-o", "wide")).toMatch(/ Ready +.* docker:\/\/\d/);
  });

  it.concurrent("deletes a namespace with all that is in it", async () => {
    const k = await inNamespace("doomed");
    await k.run("create", "deployment", "web", `--image=${BUSYBOX}`, "--replicas=2", ...SLEEP);
    await k.run("create", "configmap", "c");
    await k.run("rollout", "status", "deployment/web", "--timeout=60s");
    expect(await k.run("delete", "namespace", "doomed")).toBe('namespace "doomed" deleted\n');
    expect(await k.refused("get", "namespace", "doomed")).toMatch(/namespaces "doomed" not found/);
    expect((await k.try(["get", "pods,configmaps"])).stderr).toBe("No resources found in doomed namespace.\n");
    expect(await k.refused("create", "configmap", "late")).toMatch(/namespaces "doomed" not found/);
  });

  it("cordons, taints and drains the node", async () => {
    const k = await inNamespace("node");
    const node = (await k.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")).trim();
    await k.run("create", "deployment", "web", `--image=${BUSYBOX}`, "--replicas=1", ...SLEEP);
    await k.run("rollout", "status", "deployment/web", "--timeout=60s");
    expect(await k.run("cordon", node)).toBe(`node/${node} cordoned\n`);
    expect(await k.run("get", "nodes")).toMatch(/Ready,SchedulingDisabled/);
    expect(await k.run("drain", node, "--pod-selector=app=web", "--ignore-daemonsets")).toMatch(new RegExp(`node/${node} drained\n$`));
    const why = "jsonpath={.items[0].status.conditions[?(@.type=='PodScheduled')].message}";
    const reason = () => k.run("get", "pods", "-l", "app=web", "-o", why);
    await eventually(async () => expect(await reason()).toMatch(/^0\/1 nodes are available: 1 node\(s\) were unschedulable\./));
    await k.run("taint", "nodes", node, "dedicated=x:NoSchedule");
    expect(await k.run("uncordon", node)).toBe(`node/${node} uncordoned\n`);
    await eventually(async () => expect(await reason()).toMatch(/1 node\(s\) had untolerated taint \{dedicated: x\}/));
    expect(await k.run("taint", "nodes", node, "dedicated-")).toBe(`node/${node} untainted\n`);
    await k.run("rollout", "status", "deployment/web", "--timeout=60s");
  });
});
