import { hasKubectl, type Ran, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("verbs that write are not compared with kubectl's: it is not installed");

/** What both programs find, each in a namespace of its own. */
const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "web:1", ports: [{ containerPort: 80 }, { containerPort: 443 }], env: [{ name: A, value: a }] }
        - { name: side, image: "side:1" }
---
apiVersion: v1
kind: Pod
metadata: { name: alone, labels: { run: alone } }
spec: { containers: [{ name: alone, image: "alone:1", ports: [{ containerPort: 53, protocol: UDP }] }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { tier: front } }
data: { color: blue }
---
apiVersion: v1
kind: Service
metadata: { name: front }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

/** Each line is run by both, one after another; what an earlier one changed, a later one finds. */
const LINES = `
patch deployment web -p {"spec":{"replicas":3}}
patch deployment web -p {"spec":{"replicas":3}}
patch deployment/web --type=merge -p spec:\\n\\s\\sreplicas:\\s4
patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":5}]
patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":1}}
patch deploy web -p {"spec":{"replicas":9}} --dry-run=server
patch cm settings -p {"data":{"x":"y"}} --dry-run=client -o jsonpath={.data}
patch cm settings --type=strange -p {}
patch cm nobody -p {}
patch cm settings
patch -f FILE -p {"metadata":{"labels":{"patched":"yes"}}}
set image deployment/web web=web:2
set image deployment/web web=web:2
set image deploy web *=all:3 --dry-run=client
set image deployments --all side=side:2
set image deployment/web nobody=x:1
set image deployment/web
set image pod/alone alone=alone:2 -o name
set image -f FILE web=local:1 --local -o jsonpath={..image}
set env deployment/web B=b C=
set env deployment/web B-
set env deployment/web A=new --overwrite=false
set env deployment/web --list
set env deployment/web --from=configmap/settings --prefix=S_
set env deployment/web --list
set env deployment/web --list --resolve
set env deployment/web --from=configmap/settings --keys=color -c side
set env deployment/web B=b B-
set env deployment/web
set resources deployment web -c=web --limits=cpu=200m,memory=512Mi --requests=cpu=100m
set resources deployment web --limits=cpu=0
set resources deployment web
set serviceaccount deployment web robot
set sa deploy/web robot
set selector service front app=other
set selector service front app=other
expose deployment web
expose deployment web --port=8080 --target-port=http --name=second
expose deployment web --name=third --dry-run=client -o yaml
expose pod alone --name=fourth --type=NodePort --dry-run=client -o yaml
expose service front --port=81 --name=fifth --dry-run=client -o yaml
expose deployment web
expose cm settings --port=1
run busy --image=busybox
run busy --image=busybox
run b --image=x --dry-run=client -o yaml
run b --image=x --env=A=b --labels=a=b,c=d --port=80 --restart=Never --command --dry-run=client -o yaml -- a b
run b --image=x --image-pull-policy=Never --annotations=a=b --privileged --dry-run=client -o yaml -- x y
run b --image=x --overrides={"spec":{"nodeName":"n"}} --dry-run=client -o yaml
run front2 --image=x --port=80 --expose
run b
run b --image=x --rm
replace -f FILE
replace -f FILE --dry-run=client
label cm settings a=b
label cm settings a=b
label cm settings a=c
label cm settings a=c --overwrite
label cm settings a-
label cm settings a-
label cm --all x=y
label cm settings tier- x-
label cm settings a=b
label cm settings --list
label cm settings p=q --dry-run=client -o jsonpath={.metadata.labels}
label -f FILE local=yes --local -o name
label cm settings bad!=x
label cm settings
annotate cm settings note=hello
annotate cm settings note=other
annotate cm settings note=other --overwrite
annotate cm settings note-
annotate cm settings --list
scale deployment/web --replicas=3
scale deployment web --replicas=3 --current-replicas=7
scale --replicas=2 deployment/web deployment/web
scale -f FILE --replicas=1
scale deployment --all --replicas=2
scale deployment web
rollout pause deployment/web
rollout pause deployment/web
rollout restart deployment/web
rollout resume deployment web
rollout resume deployment web
rollout restart deployment/web
rollout history deployment/nobody
apply -f FILE --dry-run=client
apply -f FILE --dry-run=server
delete cm settings --dry-run=client
delete cm settings --dry-run=server
delete cm settings -o name
delete cm settings
delete cm settings --ignore-not-found
delete pod alone --force --grace-period=0
delete svc -l none=such
delete cm
delete cm --all -l a=b
api-versions
`;

/** What cannot be read, and is told before anything is asked of the server. */
const BROKEN: readonly string[] = [
  "metadata:\n  name: a\n   labels: {}\n",
  "---\nmetadata:\n  name: a\n spec: 1\n",
  "a:\n\tb: 1\n",
  "# nothing\n---\na: 'x\n",
  "a: *x\n",
  "a: \u0001\n",
  "- a\n- b\n",
  "hello\n",
];

const words = (line: string): string[] => line.split(" ").map((word) => word.replaceAll("\\s", " ").replaceAll("\\n", "\n"));

describe.skipIf(!hasKubectl)("verbs that write, beside kubectl's", () => {
  let both: SideBySide;
  let file: string;
  beforeAll(async () => {
    both = await SideBySide.start(main);
    file = both.file("manifest.yaml", MANIFEST);
    for (const namespace of ["theirs", "ours"]) {
      expect(await both.wherry("create", "namespace", namespace)).toMatchObject({ code: 0 });
      expect(await both.wherry("apply", "-n", namespace, "-f", file)).toMatchObject({ code: 0 });
    }
  });
  afterAll(() => both?.close());

  /** Where both cannot but differ: their names, the namespaces, and the words that newer versions of kubectl have added. */
  const normal = ({ code, out, err }: Ran) => {
    const text = (said: string) =>
      said
        .replaceAll(/kubectl(?!\.kubernetes)/g, "wherry")
        .replaceAll(/ from (ours|theirs) namespace/g, "")
        .replaceAll(/\btheirs\b/g, "ours");
    return { code, out: text(out), err: text(err).split("\nSee 'wherry")[0]?.trim() };
  };

  it.each(BROKEN)("of a file with %j", async (content) => {
    const broken = both.file("broken.yaml", content);
    for (const verb of ["apply", "create"]) {
      const [theirs, ours] = [await both.kubectl(verb, "-f", broken), await both.wherry(verb, "-f", broken)];
      expect(normal(ours)).toEqual(normal(theirs));
    }
  });

  it.each(LINES.trim().split("\n"))("%s", async (line) => {
    const args = words(line).map((word) => word.replace(/^FILE$/, file));
    const dash = args.indexOf("--");
    const within = (namespace: string) => (dash < 0 ? [...args, "-n", namespace] : args.toSpliced(dash, 0, "-n", namespace));
    const [theirs, ours] = [await both.kubectl(...within("theirs")), await both.wherry(...within("ours"))];
    expect(normal(ours)).toEqual(normal(theirs));
  });
});
