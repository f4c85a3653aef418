import { createSocket } from "node:dgram";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { EndpointSlice, Endpoints, isPodReady, Pod, Service, type ServiceSpec } from "@wherry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { kubectlPath } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { fetchOnce } from "./load.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { Scene, type SceneSpec } from "./scene.ts";

const ANSWER = [192, 0, 2, 77];

/** A name server on UDP that answers every question with one address. Its answers come from the address where it listens. */
async function startNameServer(address: string): Promise<{ port: number; close(): void }> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const head = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    // The name of the question, type A, class IN, a minute, four bytes.
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...ANSWER]);
    socket.send(Buffer.concat([head, query.subarray(12), answer]), from.port, from.address);
  });
  socket.bind(0, address);
  await once(socket, "listening");
  return { port: socket.address().port, close: () => socket.close() };
}

/** A web server that tells its own name. */
const WEB: SceneSpec = {
  main: {
    command: ["sh", "-c", "mkdir /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www"],
    ports: [{ name: "web", containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/", port: "web" }, periodSeconds: 1 },
  },
};

describeOnCluster("services", "e2e-services", (cluster) => {
  let scene: Promise<Scene> | undefined;
  /** Two web servers `web-0` and `web-1`, and `client`, in one namespace. */
  const stage = () => {
    scene ??= (async () => {
      const s = await Scene.create(cluster(), "services");
      await Promise.all([
        ...["web-0", "web-1"].map((name) => s.ready(name, { ...WEB, hostname: name, subdomain: "headless" }, { labels: { app: "web" } })),
        s.ready("client"),
      ]);
      return s;
    })();
    return scene;
  };

  const service = (s: Scene, name: string, spec: Partial<ServiceSpec> = {}) =>
    s.create(Service, {
      metadata: { name },
      spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "web" }], ...spec },
    });
  const ask = (s: Scene, url: string) => s.sh("client", `timeout 5 wget -q -O - ${url}`);

  /** Asks until everybody has answered. */
  async function answers(s: Scene, url: string, count: number): Promise<string[]> {
    const seen = new Set<string>();
    await eventually(async () => {
      const text = await s.sh("client", `for i in 1 2 3 4 5 6 7 8; do timeout 5 wget -q -O - ${url} || exit 1; done`);
      for (const line of text.trim().split("\n")) seen.add(line);
      return seen.size >= count;
    });
    return [...seen].toSorted();
  }

  const resolve = async (s: Scene, name: string, type = "A") => {
    const { stdout } = await s.exec("client", "nslookup", `-type=${type}`, name);
    return stdout
      .slice(stdout.indexOf("\n\n"))
      .split("\n")
      .filter(Boolean)
      .map((line) => line.trim());
  };

  describe("names", () => {
    it.concurrent("a service has one, in full and in short", async () => {
      const s = await stage();
      await service(s, "names");
      for (const name of [
        "names",
        "names.services",
        "names.services.svc",
        "names.services.svc.cluster.local",
        "names.services.svc.cluster.local.",
      ])
        expect(await eventually(() => ask(s, `http://${name}`))).toMatch(/^web-[01]\n$/);
      const other = await Scene.create(cluster(), "services-other");
      await other.ready("client");
      expect(await ask(other, "http://names.services")).toMatch(/^web-[01]\n$/);
      expect((await other.exec("client", "wget", "-q", "-O", "-", "http://names")).stderr).toMatch(/bad address/);
    });

    it.concurrent("a port has one (SRV)", async () => {
      const s = await stage();
      await service(s, "ports");
      const lines = await eventually(async () => {
        const found = await resolve(s, "_http._tcp.ports.services.svc.cluster.local", "SRV");
        return found.some((line) => line.includes("service =")) && found;
      });
      expect(lines.join("\n")).toMatch(
        /_http\._tcp\.ports\.services\.svc\.cluster\.local\s+service = 0 \d+ 80 ports\.services\.svc\.cluster\.local/,
      );
    });

    it.concurrent("a headless service is its pods, by name, too", async () => {
      const s = await stage();
      await service(s, "headless", { clusterIP: "None" });
      const ips = async () => (await Promise.all(["web-0", "web-1"].map((name) => s.get(Pod, name)))).map((pod) => pod.status?.podIP ?? "");
      const wanted = (await ips()).toSorted();
      await eventually(async () => {
        const lines = await resolve(s, "headless.services.svc.cluster.local");
        expect(
          lines
            .filter((line) => line.startsWith("Address:"))
            .map((line) => line.replace("Address: ", "").trim())
            .toSorted(),
        ).toEqual(wanted);
        return true;
      });
      expect(await eventually(() => ask(s, "http://web-1.headless:8080"))).toBe("web-1\n");
    });

    it.concurrent("a name outside of the cluster", async () => {
      const s = await stage();
      await s.create(Service, {
        metadata: { name: "alias" },
        spec: { type: "ExternalName", externalName: "names-of.services-alias.svc.cluster.local" },
      });
      const target = await Scene.create(cluster(), "services-alias");
      await target.create(Service, { metadata: { name: "names-of" }, spec: { ports: [{ port: 80 }] } });
      const ip = (await target.get(Service, "names-of")).spec.clusterIP;
      await eventually(async () => expect((await resolve(s, "alias.services.svc.cluster.local")).join(" ")).toContain(ip));
    });
  });

  it.concurrent("a cluster address reaches every ready pod, and no other", async () => {
    const s = await stage();
    const { spec } = await service(s, "all");
    expect(await answers(s, `http://${spec.clusterIP}`, 2)).toEqual(["web-0", "web-1"]);
    const slices = await s.client.list(EndpointSlice, { namespace: s.namespace, labelSelector: "kubernetes.io/service-name=all" });
    expect(slices.items.flatMap((slice) => slice.endpoints.map((e) => e.targetRef?.name)).toSorted()).toEqual(["web-0", "web-1"]);
    expect((await s.get(Endpoints, "all")).subsets).toMatchObject([{ ports: [{ name: "http", port: 8080 }] }]);
  });

  it.concurrent("a pod that is not ready gets nothing, and what it had goes to the others", async () => {
    const s = await Scene.create(cluster(), "services-ready");
    await Promise.all([...["a", "b"].map((name) => s.ready(name, WEB, { labels: { app: "web" } })), s.ready("client")]);
    await service(s, "web");
    expect(await answers(s, "http://web", 2)).toEqual(["a", "b"]);
    await s.sh("a", "mv /www/index.html /www/gone");
    await s.until(Pod, "a", (pod) => !isPodReady(pod));
    await eventually(async () =>
      expect(await s.sh("client", "for i in 1 2 3 4 5 6 7 8 9 10; do wget -q -O - http://web; done")).toBe("b\n".repeat(10)),
    );
    await s.sh("a", "mv /www/gone /www/index.html");
    expect(await answers(s, "http://web", 2)).toEqual(["a", "b"]);
  });

  it.concurrent("a pod reaches itself through its service", async () => {
    const s = await Scene.create(cluster(), "services-self");
    await s.ready("client", WEB, { labels: { app: "web" } });
    await service(s, "self");
    expect(await eventually(() => ask(s, "http://self"))).toBe("client\n");
  });

  it.concurrent("session affinity: a client stays with its pod", async () => {
    const s = await stage();
    await service(s, "sticky", { sessionAffinity: "ClientIP" });
    const first = await eventually(() => ask(s, "http://sticky"));
    const all = await s.sh("client", "for i in $(seq 20); do timeout 5 wget -q -O - http://sticky || exit 1; done");
    expect(all).toBe(first.repeat(20));
  });

  it.concurrent("no endpoints: refused at once", async () => {
    const s = await stage();
    const { spec } = await service(s, "empty", { selector: { app: "nobody" } });
    await eventually(async () => {
      const { code, stderr } = await s.exec("client", "timeout", "5", "wget", "-q", "-O", "-", `http://${spec.clusterIP}`);
      expect([code, stderr]).toEqual([1, expect.stringContaining("Connection refused")]);
      return true;
    });
    // An address that no service has is not carried out of the cluster, either.
    const stray = (
      await s.exec("client", "timeout", "5", "wget", "-q", "-O", "-", `http://${spec.clusterIP?.replace(/\.\d+\.\d+$/, ".255.254")}`)
    ).stderr;
    expect(stray).toMatch(/unreachable|refused|prohibited|No route to host/);
  });

  it.concurrent("endpoints made by hand", async () => {
    const s = await stage();
    const ip = (await s.get(Pod, "web-0")).status?.podIP ?? "";
    await s.create(Service, { metadata: { name: "manual" }, spec: { ports: [{ port: 80, targetPort: 8080 }] } });
    await s.create(Endpoints, { metadata: { name: "manual" }, subsets: [{ addresses: [{ ip }], ports: [{ port: 8080 }] }] });
    expect(await eventually(() => ask(s, "http://manual"))).toBe("web-0\n");
  });

  it.concurrent("UDP beside TCP, on one port of one service", async () => {
    const s = await stage();
    const hostIP = (await s.get(Pod, "client")).status?.hostIP ?? "";
    const names = await startNameServer(hostIP);
    onTestFinished(names.close);
    const port = (protocol: "UDP" | "TCP") => ({ name: protocol.toLowerCase(), port: 53, protocol });
    const { spec } = await s.create(Service, { metadata: { name: "both" }, spec: { ports: [port("UDP"), port("TCP")] } });
    const ports = [{ ...port("UDP"), port: names.port }];
    const web = await s.get(Pod, "web-0");
    const subsets = [
      { addresses: [{ ip: hostIP }], ports },
      { addresses: [{ ip: web.status?.podIP ?? "" }], ports: [{ ...port("TCP"), port: 8080 }] },
    ];
    await s.create(Endpoints, { metadata: { name: "both" }, subsets });
    expect(await eventually(() => ask(s, "http://both:53"))).toBe("web-0\n");
    expect(await eventually(() => s.sh("client", `nslookup -type=a anything.example. ${spec.clusterIP}`))).toContain(ANSWER.join("."));
  });

  it.concurrent("a node port answers on every address of the node, from outside and from a pod", async () => {
    const s = await stage();
    await service(s, "outside", { type: "NodePort", ports: [{ port: 80, targetPort: "web", nodePort: 31120 }] });
    const host = (await s.get(Pod, "client")).status?.hostIP;
    for (const address of ["127.0.0.1", host])
      expect((await eventually(() => fetchOnce(`http://${address}:31120/`))).body).toMatch(/^web-[01]\n$/);
    expect(await ask(s, `http://${host}:31120`)).toMatch(/^web-[01]\n$/);
    await s.client.delete(Service, { name: "outside", namespace: s.namespace });
    await eventually(async () => expect(await fetchOnce("http://127.0.0.1:31120/").catch((e) => e.code)).toBe("ECONNREFUSED"));
  });

  it.concurrent("pods reach one another, and the node reaches them", async () => {
    const s = await stage();
    const web = await s.get(Pod, "web-0");
    expect(await ask(s, `http://${web.status?.podIP}:8080`)).toBe("web-0\n");
    expect((await fetchOnce(`http://${web.status?.podIP}:8080/`)).body).toBe("web-0\n");
    expect(await s.sh("client", "ping -c 1 -W 2 $(hostname -i) > /dev/null && echo alive")).toBe("alive\n");
  });

  it.concurrent("a client in a pod reaches the API server by its name, and trusts it", async () => {
    const s = await stage();
    const file = (name: string, path: string) => ({ name, hostPath: { path: realpathSync(path), type: "File" } });
    const volumes = [
      file("kubectl", kubectlPath()),
      file("kubeconfig", cluster().kubeconfig),
      { name: "ca", configMap: { name: "kube-root-ca.crt" } },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}`, readOnly: true }));
    const flags = "--kubeconfig=/kubeconfig --certificate-authority=/ca/ca.crt --cache-dir=/tmp/cache";
    const command = [
      "sh",
      "-c",
      `for host in kubernetes.default kubernetes.default.svc.cluster.local; do /kubectl ${flags} --server=https://$host get --raw /readyz || exit 1; done`,
    ];
    expect(await s.script("kubectl", "", { volumes, main: { command, volumeMounts } })).toBe("okok");
  });
});
