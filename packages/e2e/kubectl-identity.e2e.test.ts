import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing, run } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";

const BINARIES = missing() ? [] : [kubectlPath(), ...versionedKubectls()];
/** The first that asks `selfsubjectreviews` in its stable version. */
const WHOAMI_SINCE = 28;

const REQUEST = `-----BEGIN CERTIFICATE REQUEST-----
MIHYMH8CAQAwHTEMMAoGA1UECgwDZGV2MQ0wCwYDVQQDDARqYW5lMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAElXsmdaHegOi++dWy85mZEj9juBa6gitiS85hBja5
qmv0wjkZGUrVYg/ZYueTNZTY+B9A8izT1tMwUzKKoUN8GqAAMAoGCCqGSM49BAMC
A0kAMEYCIQDZC5u7NW2yeey+3XVWJU8MQg0YdPzq8JE8jI2OQVAOuwIhALjIGomX
n5e0IP3Zb9OyvW2YmDapOvt2VMeuahF/8V0H
-----END CERTIFICATE REQUEST-----
`;

const csr = (name: string) => `
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: ${name} }
spec:
  request: ${Buffer.from(REQUEST).toString("base64")}
  signerName: example.com/signer
  usages: [client auth]
`;

const tokenSecret = `
apiVersion: v1
kind: Secret
metadata: { name: robot-token, annotations: { kubernetes.io/service-account.name: robot } }
type: kubernetes.io/service-account-token
`;

describeOnCluster("who one is, and what one may do", "e2e-identity", (cluster) => {
  it.concurrent.each(BINARIES)("by %s", async (binary) => {
    const { clientVersion } = JSON.parse((await run(binary, ["version", "--client", "-o", "json"])).stdout);
    const minor = Number.parseInt(clientVersion.minor, 10);
    const id = binary.split("/").at(-1)?.replaceAll(".", "-") as string;
    const k = await Kubectl.inNamespace(cluster(), id, binary);

    expect(await k.run("auth", "can-i", "create", "pods")).toBe("yes\n");
    expect(await k.run("auth", "can-i", "get", "/metrics")).toBe("yes\n");
    expect(await k.run("auth", "can-i", "--list")).toMatch(/^Resources .*Verbs\n\*\.\* +\[] +\[] +\[\*]\n +\[\*] +\[] +\[\*]\n$/);

    await k.run("create", "serviceaccount", "robot");
    const token = (await k.run("create", "token", "robot", "--duration", "20m")).trim();
    expect(await k.refused("create", "token", "nobody")).toBe('error: failed to create token: serviceaccounts "nobody" not found\n');
    expect(await k.refused("create", "token", "robot", "--duration", "1m")).toContain("may not specify a duration less than 10 minutes");
    await k.with(tokenSecret, "create");
    const held = () => k.run("get", "secret", "robot-token", "-o", "jsonpath={.data.token}");
    const lasting = await eventually(async () => Buffer.from(await held(), "base64").toString() || undefined);

    if (minor < WHOAMI_SINCE) return;
    const { user, server, ca } = await connection(k, cluster().folder);
    expect(user).toBe("kubernetes-admin");
    const asRobot = ["--kubeconfig", "/dev/null", "--server", server, "--certificate-authority", ca, "auth", "whoami", "--token"];
    for (const credential of [token, lasting])
      expect((await k.try([...asRobot, credential])).stdout).toMatch(new RegExp(`\\nUsername +system:serviceaccount:${id}:robot\\n`));
    await k.run("delete", "serviceaccount", "robot");
    for (const credential of [token, lasting]) expect((await k.try([...asRobot, credential])).stderr).toMatch(/[Uu]nauthorized|logged in/);
  });

  it.concurrent("a certificate request is approved, and its warning is shown", async () => {
    const k = await Kubectl.inNamespace(cluster(), "requests");
    const { stderr } = await k.try(["create", "-f", "-"], { input: csr("jane") });
    expect(stderr).toMatch(/^Warning: certificates.k8s.io\/v1 CertificateSigningRequest: stored, but no signer is part of this version/);
    expect(await k.run("get", "csr", "jane")).toMatch(/example.com\/signer +kubernetes-admin +<none> +Pending\n$/);
    await k.run("certificate", "approve", "jane");
    expect(await k.run("get", "csr", "jane")).toMatch(/ Approved\n$/);
    expect(await k.refused("certificate", "deny", "jane")).toContain("is already Approved");
  });

  it.concurrent("what others make of roles, rules and routes is kept", async () => {
    const k = await Kubectl.inNamespace(cluster(), "kept");
    await k.run("create", "role", "reader", "--verb", "get", "--resource", "pods");
    await k.run("create", "rolebinding", "readers", "--role", "reader", "--user", "jane", "--serviceaccount", "kept:default");
    expect(await k.run("get", "rolebinding", "-o", "wide")).toMatch(
      /^NAME +ROLE +AGE +USERS +GROUPS +SERVICEACCOUNTS\nreaders +Role\/reader +\d+s +jane +kept\/default\n$/,
    );
    await k.run("create", "ingress", "web", "--rule", "a.example.com/*=web:80,tls=cert");
    expect(await k.run("get", "ingress")).toMatch(
      /^NAME +CLASS +HOSTS +ADDRESS +PORTS +AGE\nweb +<none> +a\.example\.com +80, 443 +\d+s\n$/,
    );
    expect(await k.run("get", "apiservice", "v1.apps")).toMatch(/^NAME +SERVICE +AVAILABLE +AGE\nv1\.apps +Local +True +/);
  });
});

/** How a kubectl reaches its cluster: as whom, where, and by which authority, whose certificate it leaves in `folder`. */
async function connection(k: Kubectl, folder: string): Promise<{ user: string; server: string; ca: string }> {
  const config = JSON.parse(await k.run("config", "view", "--raw", "--minify", "-o", "json"));
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  const who = JSON.parse(await k.run("auth", "whoami", "-o", "json"));
  const ca = join(folder, `${k.namespace}-ca.crt`);
  await writeFile(ca, Buffer.from(authority, "base64"));
  return { user: who.status.userInfo.username, server, ca };
}
