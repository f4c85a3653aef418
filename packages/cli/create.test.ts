import { hasKubectl, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("generated objects are not compared with kubectl's: it is not installed");

/** One line each; `\s` is a blank within a word. */
const GENERATED = `
clusterrole a --verb=get,list --resource=pods,deployments.apps,pods/log
clusterrole a --verb=get --non-resource-url=/healthz
clusterrole a --aggregation-rule=a=b,c=d
clusterrolebinding a --clusterrole=x --user=u --group=g --serviceaccount=ns:n
configmap a --from-literal=x=y --from-literal=z= --append-hash
cm a --from-literal=x='quoted' --from-literal=on=yes --from-literal=n=012 --from-literal=t=2026-01-01 --from-literal=c=a:\\sb
deployment a --image=b/c:1 --image=d --port 80 --replicas 3
deployment a --image=reg:5000/b/c-d@sha256:00 -n foo
ingress a --class=c --rule=foo.com/path*=svc:8080,tls=sec --rule=foo.com/b=svc:http --annotation x=y --default-backend=d:80
ingress a --rule=/=svc:80,tls
ingress a --rule=a.com/=s:1,tls=t --rule=b.com/=s:1,tls=t --rule=c.com/=s:1,tls
namespace a
ns a
pdb a --selector=a=b --min-available=1
pdb a --selector=a\\sin\\s(c,b),d,!e --max-unavailable=50%
priorityclass a --value=5 --global-default --description=d
pc a --value=-5 --preemption-policy=Never
quota a --hard=cpu=1,pods=2 --scopes=BestEffort
role a --verb=get,get,watch --resource=pods,services,deployments.apps -n foo
role a --verb=* --resource=pods --resource-name=x
rolebinding a --role=x --serviceaccount=ns:n
rolebinding a --clusterrole=x --user=u --user=v
secret generic a --from-literal=x=y --type=t --append-hash
secret generic a
secret docker-registry a --docker-username=u --docker-password=p --docker-email=e
service clusterip a --tcp=80:8080 --tcp=90
service clusterip a --clusterip=None
service nodeport a --tcp=80 --node-port=30000
svc loadbalancer a --tcp=80:http
svc externalname a --external-name=x.y --tcp=90
serviceaccount a
sa a
`;

const REFUSED = `
deployment x
deployment x --image=a --image=b -- cmd
cm x --from-literal=a
cm x --from-literal=a/b=c
cm x --from-file=/nonexistent
secret tls x
secret docker-registry x
service clusterip x
service externalname x
pdb x
pdb x --selector=a
pdb x --selector=a --min-available=1 --max-unavailable=1
rolebinding x
rolebinding x --role=a --serviceaccount=b
clusterrolebinding x
role x
role x --verb=get
ingress x
ingress x --rule=nonsense
quota x --hard=pods
quota x --hard=pods=x
`;

const lines = (text: string): string[] => text.trim().split("\n");
const words = (line: string): string[] => line.split(" ").map((word) => word.replaceAll("\\s", " "));

describe("create", () => {
  let both: SideBySide;
  beforeAll(async () => {
    both = await SideBySide.start(main);
  });
  afterAll(() => both?.close());

  describe.skipIf(!hasKubectl)("makes what kubectl makes", () => {
    it.each(lines(GENERATED))("%s", async (line) => {
      const args = ["create", ...words(line), "--dry-run=client", "-o", "yaml"];
      const [theirs, ours] = [await both.kubectl(...args), await both.wherry(...args)];
      expect(ours).toEqual(theirs);
      expect(ours.code).toBe(0);
    });

    it.each(lines(REFUSED))("refuses as kubectl does: %s", async (line) => {
      const args = ["create", ...words(line), "--dry-run=server"];
      const [theirs, ours] = [await both.kubectl(...args), await both.wherry(...args)];
      expect(ours.err.split("\n")[0]).toBe(theirs.err.split("\n")[0]);
      expect(ours.code).toBe(theirs.code);
    });
  });

  it("says what a dry run would have done, and where", async () => {
    const create = (...flags: string[]) => both.wherry("create", "configmap", "settings", "--from-literal=a=1", ...flags);
    expect((await create("--dry-run=client")).out).toBe("configmap/settings created (dry run)\n");
    expect((await create("--dry-run=server")).out).toBe("configmap/settings created (server dry run)\n");
    expect((await create("--dry-run=none")).out).toBe("configmap/settings created\n");
    expect((await create()).err).toBe('Error from server (AlreadyExists): configmaps "settings" already exists\n');
    expect((await create("--dry-run=maybe")).err).toContain('Must be "none", "server", or "client".');
  });

  it("keeps the words behind -- as the command", async () => {
    const { out } = await both.wherry(
      "create",
      "deployment",
      "web",
      "--image=i",
      "--dry-run=client",
      "-o",
      "jsonpath={..command}",
      "--",
      "ls",
      "-l",
    );
    expect(out).toBe('["ls","-l"]');
    expect((await both.wherry("create", "deployment", "a", "b", "--image=i", "--", "x")).err).toContain(
      "exactly one NAME is required, got 2",
    );
  });

  it("makes the objects of a file that a selector leaves, with the manifest kept where asked", async () => {
    const object = (name: string) => JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { name } } });
    const file = both.file("two.yaml", `${object("one")}\n---\n${object("two")}\n`);
    expect((await both.wherry("create", "-f", file, "-l", "name=two", "--save-config")).out).toBe("configmap/two created\n");
    expect((await both.wherry("get", "cm", "two", "-o", "jsonpath={.metadata.annotations}")).out).toContain("last-applied-configuration");
  });
});
