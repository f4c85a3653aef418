import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { Pod, Service } from "@wherry/api";
import { openWebSocket } from "@wherry/client/websocket.ts";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing, ROOT, run } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, Scene } from "./scene.ts";

const WHERRY = join(ROOT, "wherry");
const BINARIES = missing() ? [] : [WHERRY, kubectlPath(), ...versionedKubectls()];

/** A command line as a terminal of 91 columns and 17 rows would run it; gives all that the terminal showed. */
async function onTerminal(line: string, input: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout } = await run("script", ["-qec", `stty cols 91 rows 17; ${line}`, "/dev/null"], { env, input });
  expect(code, stdout).toBe(0);
  return stdout;
}

describeOnCluster("streams into pods", "e2e-streams", (cluster) => {
  const named = (binary: string) => binary.split("/").at(-1)?.replaceAll(".", "-") as string;

  it.concurrent.each(BINARIES)("%s attaches", async (binary) => {
    const scene = await Scene.create(cluster(), `attach-${named(binary)}`);
    const k = new Kubectl(cluster(), scene.namespace, binary);

    // What goes in comes out; the container ends with its input, and the command with the container.
    await scene.ready("upper", { main: { command: ["tr", "a-z", "A-Z"], stdin: true, stdinOnce: true } });
    const attached = await k.try(["attach", "-i", "upper"], { input: "hello\n".repeat(50_000) });
    expect(attached.code, attached.stderr).toBe(0);
    expect(attached.stdout.length).toBe(300_000);
    expect(attached.stdout.startsWith("HELLO\n")).toBe(true);
    await scene.ended("upper");

    const script = "echo early; until [ -e /tmp/go ]; do echo tick; sleep 0.1; done; echo out; echo err >&2";
    await scene.ready("chatty", { main: { command: ["sh", "-c", script] } });
    expect(await k.refused("attach", "nobody")).toMatch(/pods "nobody" not found/);
    expect(await k.refused("attach", "chatty", "-c", "other")).toMatch(/container other not found in pod chatty/);
    await using one = k.start("attach", "chatty");
    await using two = k.start("attach", "chatty", "-c", "main");
    await Promise.all([one.until(/tick/), two.until(/tick/)]);
    await scene.sh("chatty", "touch /tmp/go");
    for (const watching of [one, two]) {
      expect(await watching.ended()).toBe(0);
      expect(watching.output).toMatch(/^out$/m);
      expect(watching.output).toMatch(/^err$/m);
      expect(watching.output).not.toMatch(/early/);
    }
  });

  it.concurrent.each(BINARIES)("%s runs a pod with a terminal, and deletes it", async (binary) => {
    const scene = await Scene.create(cluster(), `run-${named(binary)}`);
    const k = new Kubectl(cluster(), scene.namespace, binary);
    const piped = await k.try(["run", "counts", "-i", "--rm", "--restart=Never", `--image=${BUSYBOX}`, "--", "wc", "-c"], {
      input: "x".repeat(100_000),
    });
    expect(piped.code, piped.stderr).toBe(0);
    expect(piped.stdout).toMatch(/^100000\n/);
    await scene.gone(Pod, "counts");

    const words = `${binary} -n ${scene.namespace} run shell -it --rm --restart=Never --image=${BUSYBOX} -- sh`;
    const shown = await onTerminal(words, "until stty size | grep 17; do sleep 0.1; done; stty size; exit\n", { ...cluster().env });
    expect(shown).toMatch(/^17 91\r$/m);
    expect(shown).toMatch(/pod "shell" deleted/);
    await scene.gone(Pod, "shell");
  });

  it.concurrent.each(BINARIES)("%s forwards ports", async (binary) => {
    const scene = await Scene.create(cluster(), `forward-${named(binary)}`);
    const k = new Kubectl(cluster(), scene.namespace, binary);
    // One listens on the pod's loopback only, and hands out what it has before it is asked.
    const script = "echo loopback > /tmp/index.html; httpd -p 127.0.0.1:8080 -h /tmp; while :; do echo greeting | nc -l -p 9000; done";
    await scene.ready("server", { main: { command: ["sh", "-c", script] } });
    await using forwarding = k.start("port-forward", "pod/server", ":8080", ":9000");
    await forwarding.until(/127\.0\.0\.1:\d+ -> 9000/);
    const local = (remote: number) => Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${remote}`).exec(forwarding.output)?.[1]);
    for (const answer of await Promise.all([1, 2, 3].map(() => fetch(`http://127.0.0.1:${local(8080)}/`)))) {
      expect(await answer.text()).toBe("loopback\n");
    }
    const [greeting] = await once(connect(local(9000), "127.0.0.1"), "data");
    expect(String(greeting)).toBe("greeting\n");

    await using refused = k.start("port-forward", "pod/server", ":8081");
    await refused.until(/127\.0\.0\.1:\d+ -> 8081/);
    const nowhere = Number(/127\.0\.0\.1:(\d+) ->/.exec(refused.output)?.[1]);
    await expect(fetch(`http://127.0.0.1:${nowhere}/`)).rejects.toThrow();
    await refused.until(/failed to connect to localhost:8081.*connection refused/);
    expect(await k.refused("port-forward", "nobody", "80")).toMatch(/pods "nobody" not found/);
  });

  it.concurrent.each([WHERRY, kubectlPath()])("%s reaches sites through the API", async (binary) => {
    const scene = await Scene.create(cluster(), `proxy-${named(binary)}`);
    const k = new Kubectl(cluster(), scene.namespace, binary);
    const index = '<a href="/there">there</a>';
    const serve = {
      command: ["sh", "-c", `echo '${index}' > /tmp/index.html; exec httpd -f -p 8080 -h /tmp`],
      ports: [{ name: "http", containerPort: 8080 }],
    };
    await scene.ready("site", { main: serve }, { labels: { app: "site" } });
    await scene.create(Service, {
      metadata: { name: "site" },
      spec: { selector: { app: "site" }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    });
    const below = `/api/v1/namespaces/${scene.namespace}`;
    const pod = `${below}/pods/site:8080/proxy`;
    expect(await k.run("get", "--raw", `${pod}/`)).toBe(`<a href="${pod}/there">there</a>\n`);
    const service = `${below}/services/http:site:http/proxy`;
    expect(await eventually(() => k.run("get", "--raw", `${service}/`))).toBe(`<a href="${service}/there">there</a>\n`);
    expect(await k.run("get", "--raw", `/api/v1/nodes/${(await scene.get(Pod, "site")).spec.nodeName}/proxy/healthz`)).toBe("ok");
    expect(await k.refused("get", "--raw", `${below}/pods/site:9/proxy/`)).toMatch(
      /error trying to reach service: dial tcp [0-9.]+:9: connect: connection refused/,
    );

    await using proxy = k.start("proxy", "--port=0", "--reject-paths=^$");
    await proxy.until(/Starting to serve on 127\.0\.0\.1:\d+/);
    const at = `http://127.0.0.1:${/127\.0\.0\.1:(\d+)/.exec(proxy.output)?.[1]}`;
    expect(await (await fetch(`${at}${pod}/`)).text()).toBe(`<a href="${pod}/there">there</a>\n`);
    // An upgrade through it: an exec in a WebSocket.
    const url = new URL(`${at}${below}/pods/site/exec?command=hostname&stdout=true`);
    const socket = await openWebSocket({ url, protocols: ["v5.channel.k8s.io"], headers: {}, tls: {} });
    let said = "";
    for await (const message of socket.messages()) if ((message as Buffer)[0] === 1) said += (message as Buffer).subarray(1).toString();
    expect(said).toBe("site\n");
  });
});
