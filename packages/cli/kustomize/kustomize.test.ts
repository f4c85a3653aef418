import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newestKubectl } from "@wherry/testkit/kubectl.ts";
import { SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../index.ts";

const KUBECTL = newestKubectl(33);
const hasKubectl = KUBECTL !== undefined;
if (!hasKubectl) console.warn("kustomizations are not compared with kubectl's: it is not installed");

type Files = Readonly<Record<string, string>>;

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      serviceAccountName: robot
      imagePullSecrets: [{ name: pull }]
      priorityClassName: high
      initContainers: [{ name: init, image: busybox }]
      containers:
      - name: one
        image: reg.example:5000/shop/web:1.0
        args: ["--host=web.example", "yes", "n", "0o17"]
        ports: [{ containerPort: 80, name: http }, { containerPort: 53, protocol: UDP }]
        envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: keys } }]
        env:
        - { name: A, value: "1" }
        - { name: B, valueFrom: { configMapKeyRef: { name: settings, key: a } } }
        - { name: C, valueFrom: { secretKeyRef: { name: keys, key: a } } }
        volumeMounts: [{ name: v, mountPath: /v }]
      - { name: two, image: "sidecar@sha256:0000" }
      volumes:
      - { name: v, configMap: { name: settings } }
      - { name: w, secret: { secretName: keys } }
      - { name: x, projected: { sources: [{ configMap: { name: settings } }, { secret: { name: keys } }] } }
      - { name: y, persistentVolumeClaim: { claimName: data } }
`;

const OTHERS = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80, targetPort: http }], selector: { app: web } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: robot }
imagePullSecrets: [{ name: pull }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules: [{ apiGroups: [""], resources: [configmaps], resourceNames: [settings, other], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: robot }, { kind: ServiceAccount, name: default }, { kind: User, name: robot }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reader }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: readers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader }
subjects: [{ kind: ServiceAccount, name: robot, namespace: shop }]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { storageClassName: fast, accessModes: [ReadWriteOnce] }
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: fast }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: way }
spec:
  ingressClassName: nginx
  tls: [{ secretName: keys, hosts: [a.example] }]
  defaultBackend: { service: { name: web, port: { number: 80 } } }
  rules: [{ host: a.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] } }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, maxReplicas: 3 }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: web
  selector: { matchLabels: { app: db } }
  template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: postgres }] } }
  volumeClaimTemplates: [{ metadata: { name: d }, spec: { storageClassName: fast } }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: often }
spec: { schedule: "@hourly", jobTemplate: { spec: { template: { spec: { containers: [{ name: c, image: "busybox:1", envFrom: [{ configMapRef: { name: settings } }] }] } } } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec: { template: { spec: { containers: [{ name: c, image: busybox }] } } }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: np }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: a } } }] }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: calm }
spec: { selector: { matchLabels: { app: web } } }
---
apiVersion: example.com/v1
kind: Thing
metadata: { name: thing, annotations: { on: "yes" } }
spec: { list: [{ name: a, x: 1 }, { name: b }], containers: [{ name: c, image: busybox }] }
`;

const BASE: Files = {
  "base/deployment.yaml": DEPLOYMENT,
  "base/others.yaml": OTHERS,
  "base/kustomization.yaml": `
resources: [deployment.yaml, others.yaml]
configMapGenerator:
- name: settings
  literals: [a=b, "quoted='x y'", html=<a&b>, "eq=a=b", empty=]
secretGenerator:
- { name: keys, literals: [a=b, long=${"0123456789".repeat(12)}] }
- { name: pull, type: kubernetes.io/dockerconfigjson, literals: [".dockerconfigjson={}"] }
`,
};

const over = (kustomization: string, files: Files = {}): Files => ({
  ...BASE,
  "kustomization.yaml": `resources: [base]\n${kustomization}`,
  ...files,
});

const BUILT: Readonly<Record<string, Files>> = {
  "resources, generators and their references": over(""),
  "a file alone": { "a.yaml": DEPLOYMENT, "kustomization.yaml": "resources: [a.yaml]" },
  "bases, the old way": { ...BASE, "kustomization.yaml": "bases: [base]" },
  "a namespace": over("namespace: shop"),
  "prefix and suffix": over("namePrefix: a-\nnameSuffix: -z"),
  "prefixes of prefixes": {
    ...BASE,
    "mid/kustomization.yaml": "resources: [../base]\nnamePrefix: m-\nnamespace: mid",
    "kustomization.yaml": "resources: [mid]\nnamePrefix: t-\nnamespace: top",
  },
  "two of one base": {
    ...BASE,
    "one/kustomization.yaml":
      "resources: [../base]\nnamePrefix: one-\nnamespace: one\npatches: [{ target: { kind: 'Namespace|StorageClass|ClusterRole.*' }, patch: '{ $patch: delete, apiVersion: v1, kind: Any, metadata: { name: any } }' }]",
    "two/kustomization.yaml": "resources: [../base]\nnamePrefix: two-\nnamespace: two",
    "kustomization.yaml": "resources: [one, two]\nnameSuffix: -x",
  },
  "common labels and annotations": over("commonLabels: { team: a, o_n: 'yes' }\ncommonAnnotations: { by: me, at: '1' }"),
  "labels only": over("labels: [{ pairs: { team: a } }]"),
  "labels with templates": over(
    "labels: [{ pairs: { team: a }, includeTemplates: true }, { pairs: { app: other }, includeSelectors: true }]",
  ),
  images: over(`
images:
- { name: busybox, newTag: "1.36" }
- { name: reg.example:5000/shop/web, newName: other/web }
- { name: sidecar, newName: side, digest: "sha256:abc" }
- { name: postgres, newTag: "16", newName: pg }
`),
  "image suffixes": over("images: [{ name: busybox, tagSuffix: -x }, { name: reg.example:5000/shop/web, newTag: a, tagSuffix: -b }]"),
  replicas: over("replicas: [{ name: web, count: 5 }, { name: db, count: 0 }]"),
  "a strategic merge patch inline": over(`
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: { name: web, annotations: { a: b } }
    spec:
      replicas: 3
      template:
        spec:
          priorityClassName: null
          containers:
          - name: three
            image: new
          - name: one
            args: [x]
            ports: [{ containerPort: 81 }, { containerPort: 80, name: web }]
            env: [{ name: A, value: "2" }, { name: Z, value: z }, { name: B, $patch: delete }]
            resources: { limits: { cpu: 1 } }
          volumes: [{ name: v, configMap: null, emptyDir: {} }]
`),
  "patches from files, for many": over(
    `
patches:
- { path: label.yaml, target: { labelSelector: app=web } }
- { path: image.json, target: { kind: Deployment, name: w.b } }
- { path: del.yaml }
- { path: ops.yaml, target: { group: batch, version: v1 } }
`,
    {
      "label.yaml": "apiVersion: v1\nkind: Any\nmetadata: { name: any, labels: { patched: 'yes' } }",
      "image.json":
        '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"p:1"},{"op":"add","path":"/metadata/annotations","value":{"a/b":"c"}}]',
      "del.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: robot }\n$patch: delete",
      "ops.yaml": "- op: add\n  path: /metadata/labels\n  value: { op: s }\n- { op: test, path: /kind, value: Job }\n".replace(
        /- \{ op: test.*\n/,
        "",
      ),
    },
  ),
  "patchesStrategicMerge and patchesJson6902": over(
    `
patchesStrategicMerge:
- p.yaml
- |-
  apiVersion: v1
  kind: Service
  metadata: { name: web }
  spec: { ports: [{ port: 81, name: b }], type: NodePort }
patchesJson6902:
- { target: { group: apps, version: v1, kind: Deployment, name: web }, patch: '[{ "op": "remove", "path": "/spec/replicas" }]' }
`,
    {
      "p.yaml": "apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: thing }\nspec: { list: [{ name: b, y: 2 }], other: { a: 1 } }",
    },
  ),
  "patches of renamed things": over(
    "namePrefix: a-\npatches: [{ patch: '{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { type: NodePort } }' }]",
  ),
  "a patch that renames": over(
    "patches: [{ target: { kind: Service }, options: { allowNameChange: true }, patch: '{ apiVersion: v1, kind: Service, metadata: { name: renamed } }' }]",
  ),
  "a directive that replaces": over(
    "patches: [{ patch: '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { template: { spec: { containers: [{ name: only, image: x }, { $patch: replace }] }, metadata: { $patch: replace, labels: { x: y } } } } }' }]",
  ),
  "generators that merge and replace": over(`
namePrefix: p-
configMapGenerator: [{ name: settings, behavior: merge, literals: [a=c, d=e], options: { labels: { l: m } } }]
secretGenerator: [{ name: keys, behavior: replace, literals: [only=this] }]
`),
  "generator options": {
    "kustomization.yaml": `
configMapGenerator:
- { name: a, literals: [a=b] }
- { name: b, literals: [a=b], options: { disableNameSuffixHash: true, labels: { own: x }, annotations: { own: z } } }
- { name: c, literals: [a=b], options: { immutable: true } }
- { name: d, namespace: other }
generatorOptions: { labels: { all: x }, annotations: { all: z } }
`,
  },
  "no hashes": {
    "kustomization.yaml": "generatorOptions: { disableNameSuffixHash: true }\nsecretGenerator: [{ name: a, literals: [a=b] }]",
  },
  "generators of files": {
    "a.txt": "one\ntwo\n",
    "b/c.properties": "x=y\n\ttab",
    "bin.dat": "\u0000\u0001",
    "vars.env": "# no\nA=1\nB='q'\n\nC=a=b\n",
    "kustomization.yaml": `
configMapGenerator: [{ name: a, files: [a.txt, named=b/c.properties, bin.dat], envs: [vars.env] }, { name: e, env: vars.env }]
secretGenerator: [{ name: s, files: [a.txt], envs: [vars.env], type: Custom }]
`,
  },
  components: {
    ...BASE,
    "parts/kustomization.yaml": `
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
namePrefix: part-
resources: [more.yaml]
configMapGenerator: [{ name: settings, behavior: merge, literals: [from=component] }]
patches: [{ target: { kind: Deployment }, patch: '[{ "op": "add", "path": "/spec/paused", "value": true }]' }]
`,
    "parts/more.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more }\ndata: { a: on, b: 'true', c: '012', d: 1_0, e: 2026-01-01, f: \"a: b\", g: '', h: ~x }\n",
    "kustomization.yaml": "resources: [base]\ncomponents: [parts]\nnameSuffix: -end",
  },
  replacements: over(
    `
replacements:
- source: { kind: Service, name: web, fieldPath: spec.ports.0.port }
  targets:
  - { select: { kind: Deployment, name: web }, fieldPaths: ["spec.template.spec.containers.[name=one].env.[name=A].value", "spec.template.spec.containers.[name=one].ports.[name=http].containerPort"] }
- source: { kind: Deployment, name: web, fieldPath: "spec.template.spec.containers.0.image", options: { delimiter: ":", index: 2 } }
  targets:
  - { select: { kind: Job }, fieldPaths: [spec.template.spec.containers.*.image], options: { delimiter: ":", index: 1 } }
  - { select: { kind: Thing }, fieldPaths: ["metadata.annotations.[a]", spec.new.field], options: { create: true } }
- path: r.yaml
`.replace('"metadata.annotations.[a]", ', ""),
    {
      "r.yaml":
        "- source: { kind: ServiceAccount, name: robot }\n  targets:\n  - select: { version: v1 }\n    reject: [{ kind: Deployment }, { kind: StatefulSet }]\n    fieldPaths: ['metadata.annotations.example\\.com/robot']\n    options: { create: true }\n",
    },
  ),
  "fifo order": over("sortOptions: { order: fifo }"),
  "what stays here": {
    "kustomization.yaml": "resources: [a.yaml]",
    "a.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, annotations: { config.kubernetes.io/local-config: 'true' } }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b }\n---\n# nothing\n",
  },
  "a list": {
    "kustomization.yaml": "resources: [a.yaml]\nnamePrefix: x-",
    "a.yaml":
      "apiVersion: v1\nkind: List\nitems:\n- { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }\n- { apiVersion: v1, kind: Secret, metadata: { name: b } }\n",
  },
};

/** What is refused, and the words that both say. */
const REFUSED: Readonly<Record<string, readonly [Files, string]>> = {
  "an unknown field": [{ "kustomization.yaml": "foo: 1" }, 'invalid Kustomization: json: unknown field "foo"'],
  "a folder without one": [
    { "other.yaml": "" },
    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory",
  ],
  "two of them": [{ "kustomization.yaml": "", "kustomization.yml": "" }, "Found multiple kustomization files under"],
  "a missing file": [{ "kustomization.yaml": "resources: [a.yaml]" }, "accumulating resources"],
  "a file outside": [
    {
      "x/kustomization.yaml": "resources: []",
      "x/y/kustomization.yaml": "configMapGenerator: [{ name: a, files: [../kustomization.yaml] }]",
      "kustomization.yaml": "resources: [x/y]",
    },
    "is not in or below",
  ],
  "one thing twice": [
    { "a.yaml": DEPLOYMENT, "b.yaml": DEPLOYMENT, "kustomization.yaml": "resources: [a.yaml, b.yaml]" },
    "may not add resource with an already registered id: Deployment.v1.apps/web.[noNs]",
  ],
  "a patch of nothing": [
    over("patches: [{ patch: '{ apiVersion: v1, kind: Pod, metadata: { name: no } }' }]"),
    "no matches for Id Pod.v1.[noGrp]/no.[noNs]; failed to find unique target for patch Pod.v1.[noGrp]/no.[noNs]",
  ],
  "a merge with nothing": [
    { "kustomization.yaml": "configMapGenerator: [{ name: a, behavior: merge, literals: [a=b] }]" },
    "does not exist; cannot merge or replace",
  ],
  "a literal without value": [
    { "kustomization.yaml": "configMapGenerator: [{ name: a, literals: [a] }]" },
    "invalid literal source a, expected key=value",
  ],
  "replicas of nothing": [
    over("replicas: [{ name: none, count: 1 }]"),
    "resource with name none does not match a config with the following GVK",
  ],
  "a cycle": [
    { "a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]", "kustomization.yaml": "resources: [a]" },
    "cycle detected",
  ],
  "a component as resource": [
    {
      "a/kustomization.yaml": "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnamePrefix: a",
      "kustomization.yaml": "resources: [a]",
    },
    "expected kind != 'Component' for path",
  ],
  "a replacement of nothing": [
    over("replacements: [{ source: { kind: Nothing }, targets: [{ select: { kind: Service } }] }]"),
    "nothing selected by",
  ],
};

const NOT_BUILT = ["vars", "helmCharts", "transformers", "generators", "validators", "crds", "openapi", "configurations", "buildMetadata"];

describe("kustomizations", () => {
  let both: SideBySide;
  beforeAll(async () => {
    both = await SideBySide.start(main);
  });
  afterAll(() => both?.close());

  /** Without a server: a Google Cloud SDK's kubectl runs an older one where the server is older. */
  function byKubectl(folder: string) {
    const { status, stdout, stderr } = spawnSync(KUBECTL as string, ["kustomize", folder], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: both.folder },
    });
    return { code: status, out: stdout, err: stderr };
  }

  let count = 0;
  function folderOf(files: Files): string {
    const folder = join(both.folder, `k${count++}`);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return folder;
  }

  it.skipIf(!hasKubectl).each(Object.entries(BUILT))("builds, beside kubectl: %s", async (_, files) => {
    const folder = folderOf(files);
    const theirs = byKubectl(folder);
    const ours = await both.wherry("kustomize", folder);
    expect(ours).toEqual(theirs);
    expect(ours.code).toBe(0);
  });

  it.each(Object.entries(REFUSED))("refuses, as kubectl does: %s", async (_, [files, words]) => {
    const folder = folderOf(files);
    const ours = await both.wherry("kustomize", folder);
    expect(ours.err).toContain(words);
    expect(ours.code).toBe(1);
    if (!hasKubectl) return;
    const theirs = byKubectl(folder);
    expect(theirs.err.replaceAll('\\"', '"')).toContain(words);
    expect(theirs.code).toBe(1);
  });

  it("takes files from anywhere when told to", async () => {
    const folder = folderOf({
      "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n",
      "x/kustomization.yaml": "resources: [../a.yaml]",
    });
    const { out } = await both.wherry("--namespace", "x", "kustomize", join(folder, "x"), "--load-restrictor=LoadRestrictionsNone");
    expect(out).toBe("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    expect((await both.wherry("kustomize", folder, "--enable-helm")).err).toContain("--enable-helm is not built");
    expect((await both.wherry("kustomize", folder, "--load-restrictor=x")).err).toContain("illegal flag value");
  });

  it.each(NOT_BUILT)("names the field that is not built: %s", async (field) => {
    const { err } = await both.wherry("kustomize", folderOf({ "kustomization.yaml": `${field}: []` }));
    expect(err).toContain(`the field "${field}" of kustomizations is not built here`);
  });

  it("is what -k of every verb reads", async () => {
    const folder = folderOf({
      "kustomization.yaml": "namePrefix: k-\nresources: [a.yaml]\nconfigMapGenerator: [{ name: b, literals: [a=b] }]",
      "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { x: y }\n",
    });
    const lines = [
      "diff -k DIR",
      "create -k DIR",
      "get -k DIR -o name",
      "get -k DIR --no-headers -o jsonpath={.items[*].metadata.name}",
      "apply -k DIR",
      "diff -k DIR",
      "label -k DIR a=b",
      "annotate -k DIR a=b",
      "replace -k DIR",
      "apply -k DIR -f x",
      "apply -k DIR -R",
      "delete -k DIR",
    ];
    const ran = async (run: (...words: string[]) => Promise<{ code: number | null; out: string }>) => {
      const all = [];
      for (const line of lines) {
        const { code, out } = await run(...line.replace("DIR", folder).split(" "));
        all.push({
          line,
          code,
          out: out.replaceAll(/^(---|\+\+\+|diff) .*$|(creationTimestamp|resourceVersion|uid): .*$| from default namespace/gm, ""),
        });
      }
      return all;
    };
    const ours = await ran((...words) => both.wherry(...words));
    expect(ours.map(({ code }) => code)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
    if (hasKubectl) expect(ours).toEqual(await ran((...words) => both.kubectl(...words)));
  });
});
