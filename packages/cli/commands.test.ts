import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@wherry/base";
import { issueCertificate, kubeconfigYaml } from "@wherry/pki";
import { issueCa, newKey } from "@wherry/pki/issue.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The same commands by kubectl and by wherry, against a real API server over TLS. Where no kubectl is installed the expectations written here still hold.
const WHERRY = join(import.meta.dirname, "..", "..", "wherry");
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
if (!hasKubectl) console.warn("outputs are not compared with kubectl's: it is not installed");

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { app: web, tier: front } }
data: { color: blue, time: "2026-01-01", yes: "no" }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

describe("wherry, beside kubectl", () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-commands-"));
  const kubeconfig = join(folder, "kubeconfig");
  let plane: ControlPlane;

  beforeAll(async () => {
    const now = Date.now();
    const ca = await issueCa("ca", newKey(), now);
    const server = await issueCertificate({ ca, subject: { commonName: "server" }, usages: ["server"], hosts: ["127.0.0.1"], now });
    const admin = await issueCertificate({
      ca,
      subject: { commonName: "admin", organizations: ["system:masters"] },
      usages: ["client"],
      now,
    });
    plane = await startControlPlane({ clock: systemClock, server: { tls: { ...server, clientCa: ca.cert } } });
    const { port } = await plane.server.listen({ host: "127.0.0.1", port: 0 });
    writeFileSync(kubeconfig, kubeconfigYaml({ server: `https://127.0.0.1:${port}`, ca: ca.cert, cert: admin.cert, key: admin.key }));
    writeFileSync(join(folder, "web.yaml"), WEB);
    expect((await wherry("apply", "-f", join(folder, "web.yaml"))).err).toBe("");
  });
  afterAll(async () => {
    await plane?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (command: string, args: readonly string[], input?: string) =>
    new Promise<Ran>((resolve, reject) => {
      const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
      const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        out += chunk;
      });
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        err += chunk;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, err }));
      child.stdin.end(input ?? "");
    });
  const wherry = (...args: string[]) => run(WHERRY, args);
  const kubectl = (...args: string[]) => run("kubectl", args);
  /** Ages go on while two commands run. */
  const withoutAges = (text: string) => text.replaceAll(/\b\d+s\b */g, "AGE ");

  describe.skipIf(!hasKubectl)("prints the same", () => {
    it.each([
      ["get deployments"],
      ["get deploy web -o wide"],
      ["get deployments,services,configmaps"],
      ["get all"],
      ["get configmaps -A --no-headers"],
      ["get cm -l tier=front --show-labels"],
      ["get cm -L tier"],
      ["get configmap settings -o json"],
      ["get configmap settings -o name"],
      ["get deployments,cm -o name"],
      ["get cm settings -o jsonpath={.data.color}"],
      ["get cm -o jsonpath={range(.items[*])}{.metadata.name};{end}".replace("range(.items[*])", "range .items[*]")],
      ["get cm -o custom-columns=NAME:.metadata.name,COLOR:.data.color"],
      ["get pods"],
      ["get ns --field-selector metadata.name=default"],
      ["api-resources -o name"],
    ])("%s", async (line) => {
      const args = line.startsWith("get cm -o jsonpath") ? ["get", "cm", "-o", line.slice("get cm -o ".length)] : line.split(" ");
      const [theirs, ours] = [await kubectl(...args), await wherry(...args)];
      expect(withoutAges(ours.out)).toBe(withoutAges(theirs.out));
      expect(ours.code).toBe(theirs.code);
    });

    it.each([["get pods nobody"], ["get nonsense"], ["delete cm nobody"]])("fails alike: %s", async (line) => {
      const [theirs, ours] = [await kubectl(...line.split(" ")), await wherry(...line.split(" "))];
      expect(ours.code).toBe(theirs.code);
      expect(ours.err).toContain(theirs.err.split("\n")[0]?.replace("kubectl", "wherry"));
    });

    it("leaves what the other applied as it is", async () => {
      expect((await kubectl("apply", "-f", join(folder, "web.yaml"))).out).toBe(
        "deployment.apps/web unchanged\nconfigmap/settings unchanged\nservice/web unchanged\n",
      );
      expect((await wherry("apply", "-f", join(folder, "web.yaml"))).out).toBe(
        "deployment.apps/web unchanged\nconfigmap/settings unchanged\nservice/web unchanged\n",
      );
    });
  });

  it("makes, changes and removes fields by apply, and leaves alone what others set", async () => {
    const apply = (text: string) => run(WHERRY, ["apply", "-f", "-"], text);
    const manifest = (data: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: mine }\ndata: ${data}\n`;
    expect((await apply(manifest("{ a: one, b: two }"))).out).toBe("configmap/mine created\n");
    await wherry("label", "configmap", "mine", "by=another");
    expect((await apply(manifest("{ a: one, b: two }"))).out).toBe("configmap/mine unchanged\n");
    expect((await apply(manifest("{ a: three }"))).out).toBe("configmap/mine configured\n");
    expect((await wherry("get", "cm", "mine", "-o", "jsonpath={.data} {.metadata.labels}")).out).toBe('{"a":"three"} {"by":"another"}');
  });

  it("says which field of which manifest nobody knows, and what port is impossible", async () => {
    const unknown = await run(
      WHERRY,
      ["apply", "-f", "-"],
      "apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: a, image: b, imagee: c }] }\n",
    );
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('strict decoding error: unknown field "spec.containers[0].imagee"');
    const port = await run(
      WHERRY,
      ["apply", "-f", "-"],
      "apiVersion: v1\nkind: Service\nmetadata: { name: s }\nspec: { ports: [{ port: 70000 }] }\n",
    );
    expect(port.code).toBe(1);
    expect(port.err).toContain("spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive");
  });

  it("labels, annotates, and refuses to overwrite unless told to", async () => {
    expect((await wherry("label", "cm", "settings", "color=red")).out).toBe("configmap/settings labeled\n");
    expect((await wherry("label", "cm", "settings", "color=green")).err).toContain(
      "'color' already has a value (red), and --overwrite is false",
    );
    expect((await wherry("label", "cm", "settings", "color=green", "--overwrite")).out).toBe("configmap/settings labeled\n");
    expect((await wherry("label", "cm", "settings", "color-")).code).toBe(0);
    expect((await wherry("annotate", "cm", "settings", "note=a b")).out).toBe("configmap/settings annotated\n");
  });

  it("scales, waits, and follows a rollout", async () => {
    expect((await wherry("scale", "deployment/web", "--replicas", "3")).out).toBe("deployment.apps/web scaled\n");
    expect((await wherry("wait", "--for=jsonpath={.spec.replicas}=3", "deployment/web", "--timeout", "5s")).out).toBe(
      "deployment.apps/web condition met\n",
    );
    expect((await wherry("wait", "--for=condition=Available", "deployment/web", "--timeout", "1s")).err).toContain(
      "timed out waiting for the condition",
    );
    expect((await wherry("rollout", "pause", "deployment/web")).out).toBe("deployment.apps/web paused\n");
    expect((await wherry("rollout", "restart", "deployment/web")).err).toContain("can't restart paused deployment");
    expect((await wherry("rollout", "resume", "deployment/web")).out).toBe("deployment.apps/web resumed\n");
    expect((await wherry("rollout", "status", "deployment/web", "--no-watch")).out).toMatch(/^Waiting for deployment/);
  });

  it("creates from words, and deletes until it is gone", async () => {
    expect((await wherry("create", "namespace", "extra")).out).toBe("namespace/extra created\n");
    expect((await wherry("create", "configmap", "c", "-n", "extra", "--from-literal", "a=b=c")).out).toBe("configmap/c created\n");
    expect((await wherry("get", "cm", "c", "-n", "extra", "-o", "jsonpath={.data.a}")).out).toBe("b=c");
    expect((await wherry("create", "secret", "generic", "s", "--from-literal", "k=v")).out).toBe("secret/s created\n");
    expect((await wherry("get", "secret", "s", "-o", "jsonpath={.data.k}")).out).toBe("dg==");
    expect(
      (
        await wherry(
          "create",
          "deployment",
          "d",
          "--image",
          "reg:5000/x/y:1",
          "--dry-run",
          "-o",
          "jsonpath={.spec.template.spec.containers[0].name}",
        )
      ).out,
    ).toBe("y");
    expect((await wherry("delete", "configmap", "c", "-n", "extra")).out).toContain('configmap "c" deleted');
    expect((await wherry("get", "cm", "c", "-n", "extra")).err).toBe('Error from server (NotFound): configmaps "c" not found\n');
  });

  it("describes and explains", async () => {
    const described = (await wherry("describe", "deployment", "web")).out;
    expect(described).toMatch(/^Name:\s+web\n/);
    expect(described).toMatch(/\nEvents:\s+<none>\n/);
    const explained = (await wherry("explain", "pod.spec.containers.image")).out;
    expect(explained).toContain("KIND:       Pod");
    expect(explained).toContain("FIELD: image <string>");
    expect((await wherry("explain", "pod.spec.nonsense")).err).toContain('field "nonsense" does not exist');
  });

  it("watches until its reader has seen enough", async () => {
    const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
    const child = spawn(WHERRY, ["get", "configmaps", "--watch", "-o", "name"], { env });
    const seen: string[] = [];
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      if (!seen.length) await wherry("create", "configmap", "late");
      seen.push(chunk as string);
      if (seen.join("").includes("configmap/late\n")) break;
    }
    child.kill();
    expect(seen.join("")).toContain("configmap/settings\n");
  });

  it("says what to do when nothing answers", async () => {
    const broken = join(folder, "broken");
    writeFileSync(broken, kubeconfigYaml({ server: "https://127.0.0.1:1", ca: "", token: "x" }));
    const { code, err } = await wherry("get", "pods", "--kubeconfig", broken);
    expect(code).toBe(1);
    expect(err).toContain("was refused");
    expect((await wherry("get", "pods", "--kubeconfig", join(folder, "nothing"))).err).toContain("there is no kubeconfig at");
    expect((await wherry("nonsense")).code).toBe(1);
  });
});
