import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { Kubectl, MANIFESTS } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";

/** Applies nothing itself: looks for the effect of a manifest that has been applied in this kubectl's namespace. */
type Effect = (kubectl: Kubectl) => Promise<void>;

const ready = (kubectl: Kubectl, pod: string) => kubectl.run("wait", "--for=condition=Ready", `pod/${pod}`, "--timeout=60s");

/** What the pod printed before it succeeded. */
async function printed(kubectl: Kubectl, pod: string): Promise<string> {
  await kubectl.run("wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${pod}`, "--timeout=60s");
  return kubectl.run("logs", pod);
}

const sh = (kubectl: Kubectl, pod: string, script: string, container?: string) =>
  kubectl.run("exec", pod, ...(container ? ["-c", container] : []), "--", "sh", "-c", script);

async function restarted(kubectl: Kubectl, pod: string, event: RegExp): Promise<void> {
  await eventually(
    async () => Number(await kubectl.run("get", "pod", pod, "-o", "jsonpath={.status.containerStatuses[0].restartCount}")) > 0,
  );
  expect(await kubectl.run("describe", "pod", pod)).toMatch(event);
}

const EFFECTS: Readonly<Record<string, Effect>> = {
  "deployment.yaml": async (kubectl) => {
    await kubectl.run("rollout", "status", "deployment/hello", "--timeout=60s");
    const pods = (await kubectl.run("get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[*].metadata.name}")).split(" ");
    expect(pods).toHaveLength(2);
    const answer = await eventually(() => sh(kubectl, pods[0] ?? "", "wget -q -O - http://hello"));
    expect(pods).toContain(answer.trim());
  },
  "exec-liveness.yaml": (kubectl) =>
    restarted(kubectl, "liveness-exec", /Unhealthy.*Liveness probe failed: cat: can't open '\/tmp\/healthy'/),
  "http-liveness.yaml": (kubectl) =>
    restarted(kubectl, "liveness-http", /Unhealthy.*Liveness probe failed: HTTP probe failed with statuscode: 404/),
  "tcp-liveness-readiness.yaml": async (kubectl) => {
    await ready(kubectl, "goproxy");
    expect(await kubectl.run("describe", "pod", "goproxy")).toMatch(
      /Readiness probe failed: dial tcp [\d.]+:8080: connect: connection refused/,
    );
  },
  "startup-probe.yaml": async (kubectl) => {
    await ready(kubectl, "slow-start");
    const status = await kubectl.run("get", "pod", "slow-start", "-o", "jsonpath={.status.containerStatuses[0].restartCount}");
    expect(status).toBe("0");
    expect(await kubectl.run("describe", "pod", "slow-start")).toMatch(/Startup probe failed: HTTP probe failed with statuscode: 404/);
  },
  "configmap-env.yaml": async (kubectl) => {
    const lines = (await printed(kubectl, "dapi-test-pod")).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["SPECIAL_LEVEL_KEY=very", "SPECIAL_TYPE=charm", "COPY_SPECIAL_LEVEL=very", "very INFO"]));
  },
  "configmap-volume.yaml": async (kubectl) => {
    await ready(kubectl, "configmap-demo-pod");
    expect(
      await sh(kubectl, "configmap-demo-pod", "cat /config/deep/game.properties; echo $PLAYER_INITIAL_LIVES; ls /config /everything"),
    ).toBe(
      [
        "enemy.types=aliens,monsters\nplayer.maximum-lives=5\n3\n/config:\ndeep\nuser-interface.properties\n",
        "/everything:\ngame.properties\nplayer_initial_lives\nui_properties_file_name\nuser-interface.properties\n",
      ].join("\n"),
    );
    expect((await kubectl.try(["exec", "configmap-demo-pod", "--", "touch", "/config/x"])).stderr).toMatch(/Read-only file system/);
  },
  "secret-pod.yaml": async (kubectl) => {
    await ready(kubectl, "secret-test-pod");
    const script = "cat /etc/secret-volume/password; echo; stat -L -c %a /etc/secret-volume/username; echo $SECRET_USERNAME $username";
    expect(await sh(kubectl, "secret-test-pod", script)).toBe("39528$vdg7Jb\n400\nmy-app my-app\n");
    expect(await kubectl.run("describe", "secret", "test-secret")).toMatch(/password:\s+12 bytes/);
  },
  "init-containers.yaml": async (kubectl) => {
    await ready(kubectl, "init-demo");
    expect(await sh(kubectl, "init-demo", "wget -q -O - http://127.0.0.1; cat /www/order")).toBe("<h1>made by init</h1>\nfirst\nsecond\n");
  },
  "two-container-pod.yaml": async (kubectl) => {
    await kubectl.run("wait", "--for=jsonpath={.status.containerStatuses[1].state.terminated.reason}=Completed", "pod/two-containers");
    expect(await sh(kubectl, "two-containers", "wget -q -O - http://localhost", "web")).toBe("Hello from the writer\n");
    expect(await kubectl.run("get", "pod", "two-containers")).toMatch(/two-containers +1\/2 +NotReady/);
  },
  "dependent-envars.yaml": async (kubectl) => {
    expect(await printed(kubectl, "dependent-envars-demo")).toBe(
      "UNCHANGED_REFERENCE=$(PROTOCOL)://172.17.0.1:80\nSERVICE_ADDRESS=https://172.17.0.1:80\nESCAPED_REFERENCE=$(PROTOCOL)://172.17.0.1:80\n",
    );
  },
  "downward-env.yaml": async (kubectl) => {
    const lines = (await printed(kubectl, "dapi-envars")).split("\n");
    const [node, ip] = (await kubectl.run("get", "pod", "dapi-envars", "-o", "jsonpath={.spec.nodeName} {.status.podIP}")).split(" ");
    expect(lines).toEqual(
      expect.arrayContaining([
        `MY_NODE_NAME=${node}`,
        "MY_POD_NAME=dapi-envars",
        `MY_POD_NAMESPACE=${kubectl.namespace}`,
        `MY_POD_IP=${ip}`,
        "MY_POD_SERVICE_ACCOUNT=default",
        "MY_CPU_REQUEST=1",
        "MY_CPU_LIMIT=1",
        "MY_MEM_REQUEST=33554432",
        "MY_MEM_LIMIT_MI=64",
      ]),
    );
  },
  "downward-volume.yaml": async (kubectl) => {
    await ready(kubectl, "dapi-volume");
    const files = "cat /etc/podinfo/labels; echo; cat /etc/podinfo/cpu_limit";
    expect(await sh(kubectl, "dapi-volume", files)).toBe('cluster="test-cluster1"\nrack="rack-22"\nzone="us-est-coast"\n250');
    await kubectl.run("label", "pod", "dapi-volume", "rack=rack-23", "--overwrite");
    await eventually(async () => (await sh(kubectl, "dapi-volume", "cat /etc/podinfo/labels")).includes('rack="rack-23"'), 100);
  },
  "projected.yaml": async (kubectl) => {
    await ready(kubectl, "volume-test");
    const script =
      "cd /projected-volume; cat my-group/my-username; echo; cat my-group/my-config; echo; cat labels; stat -L -c ' %a' my-group/my-username";
    expect(await sh(kubectl, "volume-test", script)).toBe('admin\nprojected\napp="volume-test" 777\n');
  },
  "security-context.yaml": async (kubectl) => {
    await ready(kubectl, "security-context-demo");
    const script = "id -u; id -g; id -G; touch /data/demo/f; stat -c '%u %g' /data/demo/f; grep NoNewPrivs /proc/self/status";
    expect(await sh(kubectl, "security-context-demo", script, "demo")).toMatch(
      /^1000\n3000\n3000 (2000 4000|4000 2000)\n1000 2000\nNoNewPrivs:\t1\n$/,
    );
    expect(await sh(kubectl, "security-context-demo", "id -u; grep CapBnd /proc/1/status", "override")).toBe(
      "2000\nCapBnd:\t00000000aa0435fb\n",
    );
  },
  "lifecycle-events.yaml": async (kubectl) => {
    await ready(kubectl, "lifecycle-demo");
    expect(await sh(kubectl, "lifecycle-demo", "cat /share-message")).toBe("Hello from the postStart handler\n");
    await using logs = kubectl.start("logs", "-f", "lifecycle-demo");
    await logs.until(/^up$/m);
    await kubectl.run("delete", "pod", "lifecycle-demo", "--wait=false");
    await logs.until(/^stopping$/m);
  },
  "termination.yaml": async (kubectl) => {
    await printed(kubectl, "termination-demo");
    const message = "go-template={{range .status.containerStatuses}}{{.state.terminated.message}}{{end}}";
    expect(await kubectl.run("get", "pod", "termination-demo", "-o", message)).toBe("Sleep expired\n");
  },
  "commands.yaml": async (kubectl) => {
    expect(await printed(kubectl, "command-demo")).toBe("hello world\n");
  },
  "counter-pod.yaml": async (kubectl) => {
    await ready(kubectl, "counter");
    await using logs = kubectl.start("logs", "-f", "counter");
    await logs.until(/^5: line$/m);
    expect(logs.lines.slice(0, 4)).toEqual(["0: line", "1: line", "2: line", "3: line"]);
  },
  "hostaliases-pod.yaml": async (kubectl) => {
    const hosts = await printed(kubectl, "hostaliases-pod");
    expect(hosts).toMatch(/^127\.0\.0\.1\tfoo\.local\tbar\.local$/m);
    expect(hosts).toMatch(/^10\.1\.2\.3\tfoo\.remote\tbar\.remote$/m);
    expect(hosts).toMatch(/^[\d.]+\thostaliases-pod$/m);
  },
  "custom-dns.yaml": async (kubectl) => {
    expect(await printed(kubectl, "dns-example")).toBe(
      "search ns1.svc.cluster-domain.example my.dns.search.suffix\nnameserver 192.0.2.1\noptions ndots:2 edns0\n",
    );
  },
  "share-process-namespace.yaml": async (kubectl) => {
    await ready(kubectl, "shared-processes");
    const seen = await sh(kubectl, "shared-processes", "ps -o args; pid=$(pidof httpd); ls /proc/$pid/root/bin/httpd", "shell");
    expect(seen).toMatch(/httpd -f -p 80 -h \/tmp\n/);
    expect(seen).toMatch(/\/proc\/\d+\/root\/bin\/httpd\n$/);
  },
  "sidecar.yaml": async (kubectl) => {
    await kubectl.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/sidecar-demo", "--timeout=60s");
    expect(await kubectl.run("logs", "sidecar-demo", "-c", "log-shipper")).toBe("shipped\n");
  },
};

describeOnCluster("the documentation's manifests, applied with kubectl", "e2e-manifests", (cluster) => {
  it("are all tried", () => {
    expect(
      readdirSync(MANIFESTS)
        .filter((name) => name.endsWith(".yaml"))
        .toSorted(),
    ).toEqual(Object.keys(EFFECTS).toSorted());
  });

  it.concurrent.each(Object.entries(EFFECTS))("%s has its effect", async (file, effect) => {
    const kubectl = await Kubectl.inNamespace(cluster(), file.replace(".yaml", ""));
    await kubectl.run("apply", "--validate=strict", "-f", join(MANIFESTS, file));
    await effect(kubectl);
  });
});
