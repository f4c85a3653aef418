import { hasKubectl, type Ran, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("verbs that read are not compared with kubectl's: it is not installed");

const MANIFEST = `
apiVersion: v1
kind: ConfigMap
metadata: { name: c-10, labels: { tier: front, app: a } }
data: { color: blue, html: "<a&b>", count: "10" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c-9, labels: { tier: back } }
data: { color: red, text: "two\\nlines\\n", count: "9" }
---
apiVersion: v1
kind: Service
metadata: { name: front }
spec: { clusterIP: None, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1" }] } }
---
apiVersion: v1
kind: Node
metadata: { name: one }
`;

/** Each by both, on the same objects. */
const LINES = `
get cm
get configmaps c-9 c-10
get cm c-9 nobody c-10
get cm nobody --ignore-not-found
get cm,svc
get cm --show-kind
get cm --show-labels
get cm -L tier,app
get cm --sort-by=.metadata.name
get cm --sort-by={.data.count} -o name
get cm --sort-by=.data.color -o jsonpath={.items[*].metadata.name}
get cm --no-headers
get cm -A
get cm -l tier=front
get cm -l tier!=front -o name
get cm --field-selector=metadata.name=c-9
get cm --chunk-size=1
get cm --chunk-size=0
get cm -o yaml
get cm -o json
get cm c-9 -o yaml --show-managed-fields
get cm c-9 -o json
get cm/c-9 svc/front
get cm/c-9 svc/front -o name
get deployment web --subresource=scale -o jsonpath={.spec.replicas}
get deployment web --subresource=status -o name
get deployment -o wide
get deploy --server-print=false
get cm -o custom-columns=N:.metadata.name,C:.data.color
get cm -o custom-columns=N:.metadata.name --no-headers
get cm -o custom-columns-file=COLUMNS
get cm c-9 -o jsonpath={.data.color}
get cm c-9 -o jsonpath --template={.data.color}
get cm c-9 -o jsonpath-file=PATHFILE
get cm -o jsonpath-as-json={.items[*].metadata.name}
get cm c-9 -o jsonpath={.nothing}
get cm c-10 -o jsonpath={.metadata}
get pods
get pods -A
get all
get nodes
get node/one
get -f FILE
get -f FILE -o name
get --raw /version
get --raw /healthz
get --raw /nothing
get --raw /api/v1/namespaces/default/configmaps/nobody
get nonsense
get cm --nonsense
get cm c-9 -A
get cm --output-watch-events
api-resources
api-resources -o name
api-resources -o wide
api-resources --api-group=apps --no-headers
api-resources --namespaced=false
api-resources --verbs=list,watch --sort-by=kind
api-resources --sort-by=nothing
api-versions
events
events -A
events --types=Strange
cluster-info
auth can-i get pods
auth can-i create deployments.apps -n kube-system
auth can-i get /healthz
auth can-i list nodes
auth can-i frob pods
auth can-i get nonsense
auth can-i get pods/log
auth can-i get pods --subresource=log -q
auth can-i get
auth can-i --list --no-headers
auth whoami
top nodes
top pods
diff -f FILE
diff -f CHANGED
apply view-last-applied cm c-9
apply view-last-applied -f FILE -o json
apply view-last-applied ns default
wait --for=jsonpath={.data.color}=red cm/c-9 --timeout=5s
wait --for=delete cm/nobody --timeout=5s
wait --for=condition=Ready node/one --timeout=0s
wait cm/c-9 --for=nonsense
wait cm/c-9
rollout status deployment/web --watch=false
rollout history deployment/web
rollout status cm/c-9
logs nobody
logs
logs pod/x y z
exec nobody -- ls
exec nobody
expose node one
explain configmap.data
explain cm
explain deploy.spec.replicas
cordon one
cordon one --dry-run=none
uncordon one
uncordon one --dry-run=client
uncordon two
taint nodes one a=b:NoSchedule
taint nodes one a=b:NoSchedule --dry-run=client
taint nodes one a=b:Strange
taint nodes one a
taint node one c-
taint nodes
drain one --dry-run=client
drain nobody
port-forward nobody 80
attach nobody
cp a b
cp a:b c:d
cp :a b
certificate approve
create token
config current-context
config get-contexts
config get-contexts -o name
config get-clusters
config get-users
config view --minify -o jsonpath={.contexts[0].name}
config use-context nobody
version --client=false -o json --nonsense
`;

/** What leaves the objects as they are, so that both find the same. */
const UNDO: Readonly<Record<string, readonly string[]>> = {
  "taint nodes one a=b:NoSchedule": ["taint", "nodes", "one", "a-"],
  "uncordon one": ["cordon", "one"],
  "cordon one": ["uncordon", "one"],
};

const words = (line: string): string[] => line.split(" ").map((word) => word.replaceAll("\\s", " "));

describe.skipIf(!hasKubectl)("verbs that read, beside kubectl's", () => {
  let both: SideBySide;
  const files: Record<string, string> = {};
  beforeAll(async () => {
    both = await SideBySide.start(main);
    files.FILE = both.file("manifest.yaml", MANIFEST);
    files.CHANGED = both.file("changed.yaml", MANIFEST.replace("color: red", "color: green"));
    files.COLUMNS = both.file("columns", "NAME COLOR\n.metadata.name .data.color\n");
    files.PATHFILE = both.file("path", "{.data.color}");
    expect(await both.wherry("apply", "-f", files.FILE)).toMatchObject({ code: 0 });
  });
  afterAll(() => both?.close());

  /** Ages go on, folders have names of their own, and Go's log lines come before the error that they are about. */
  const normal = ({ code, out, err }: Ran) => {
    const text = (said: string) =>
      said
        .replaceAll(/kubectl(?!\.kubernetes)/g, "wherry")
        .replaceAll(/\b\d+(s|m|m\d+s)( +|$)/gm, "AGE ")
        .replaceAll(/\S+\/(LIVE|MERGED)[^/\s]*\//g, "$1/")
        .replaceAll(/\t\d{4}-\d\d-\d\d .*/g, "");
    return {
      code,
      out: text(out),
      err: text(err)
        .replaceAll(/^E\d{4} .*\n/gm, "")
        .split("\nSee 'wherry")[0]
        ?.trim(),
    };
  };

  it.each(LINES.trim().split("\n"))("%s", async (line) => {
    const args = words(line).map((word) => word.replace(/\b(FILE|CHANGED|COLUMNS|PATHFILE)$/, (name) => files[name] ?? name));
    const theirs = await both.kubectl(...args);
    const undo = UNDO[line];
    if (undo) await both.wherry(...undo);
    const ours = await both.wherry(...args);
    const [wanted, got] = [normal(theirs), normal(ours)];
    // A failure may say more than kubectl does: what to do next.
    if (wanted.code !== 0 && got.err?.startsWith(wanted.err ?? "")) got.err = wanted.err;
    expect(got).toEqual(wanted);
  });
});
