import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing, ROOT, run } from "./cluster.ts";
import { Kubectl, MANIFESTS } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX } from "./scene.ts";

const WHERRY = join(ROOT, "wherry");
/** Every kubectl at hand, and wherry: the same commands, with the same answers. */
const BINARIES = missing() ? [] : [WHERRY, kubectlPath(), ...versionedKubectls()];

/** A command line, what it must say on either output, and what else is known of it. `NS` is the namespace, `NODE` a node of the test's own, `DIR` a folder. */
type Step = readonly [line: string, says: RegExp, options?: { code?: number; from?: number; env?: NodeJS.ProcessEnv; input?: string }];

const HELLO = join(MANIFESTS, "deployment.yaml");

/** In this order: later ones find what earlier ones made. */
const STEPS: readonly Step[] = [
  // Without objects.
  ["version", /Server Version: .*v\d/],
  ["api-versions", /^apps\/v1$/m],
  ["api-resources -o name", /^deployments\.apps$/m],
  ["api-resources --verbs=list --namespaced -o wide", /^pods +po +v1 +true +Pod /m],
  ["cluster-info", /control plane.* is running at .*https:/],
  ["options", /--kubeconfig/],
  ["completion bash", /complete .*-F/],
  ["config current-context", /./],
  ["config get-contexts", /^CURRENT +NAME +CLUSTER +AUTHINFO/],
  ["config get-clusters", /^NAME\n/],
  ["config get-users", /^NAME\n/],
  ["config view --minify", /DATA\+OMITTED/],
  ["explain deployment.spec.replicas", /FIELD: replicas <integer>/],
  ["explain pod --recursive", /^ {2}spec\t<PodSpec>/m],
  ["get --raw /version", /"gitVersion":/],
  ["auth can-i create pods", /^yes$/m],
  ["auth can-i --list", /^Resources +Non-Resource URLs/m],
  ["auth whoami", /^ATTRIBUTE +VALUE/, { from: 28 }],
  ["get nonsense", /the server doesn't have a resource type "nonsense"/, { code: 1 }],
  // Making objects.
  [`apply -f ${HELLO}`, /^deployment\.apps\/hello created$/m],
  ["create configmap settings --from-literal=color=blue", /^configmap\/settings created$/m],
  ["create secret generic key --from-literal=password=p", /^secret\/key created$/m],
  ["create secret docker-registry pull --docker-username=u --docker-password=p", /^secret\/pull created$/m],
  ["create serviceaccount robot", /^serviceaccount\/robot created$/m],
  ["create token robot", /^[\w-]+\.[\w-]+\.[\w-]+$/m],
  ["create role reader --verb=get --resource=pods", /^role\.rbac\.authorization\.k8s\.io\/reader created$/m],
  ["create rolebinding readers --role=reader --serviceaccount=NS:robot", /^rolebinding\S+\/readers created$/m],
  ["create clusterrole NS-all --verb=* --resource=pods,deployments.apps", /^clusterrole\S+\/NS-all created$/m],
  ["create clusterrolebinding NS-all --clusterrole=NS-all --user=nobody", /^clusterrolebinding\S+\/NS-all created$/m],
  ["create quota few --hard=pods=100", /^resourcequota\/few created$/m],
  ["create poddisruptionbudget calm --selector=app=hello --min-available=0", /^poddisruptionbudget\.policy\/calm created$/m],
  ["create priorityclass NS-high --value=10", /^priorityclass\S+\/NS-high created$/m],
  ["create ingress way --rule=a.example/*=hello:80", /^ingress\S+\/way created$/m],
  ["create job once --image=IMAGE -- true", /^job\.batch\/once created$/m],
  ["create cronjob often --image=IMAGE --schedule=@yearly -- true", /^cronjob\.batch\/often created$/m],
  ["create job twice --from=cronjob/often", /^job\.batch\/twice created$/m],
  ["create service clusterip inner --tcp=80:8080", /^service\/inner created$/m],
  ["create service nodeport outer --tcp=80:8080", /^service\/outer created$/m],
  ["create service loadbalancer balanced --tcp=80:8080", /^service\/balanced created$/m],
  ["create service externalname alias --external-name=example.org", /^service\/alias created$/m],
  ["create namespace NS-extra", /^namespace\/NS-extra created$/m],
  [`create deployment idle --image=IMAGE --replicas=0 -- sleep 1000`, /^deployment\.apps\/idle created$/m],
  ["create -f DIR/node.yaml", /^node\/NODE created$/m],
  ["create configmap settings", /configmaps "settings" already exists/, { code: 1 }],
  ["create configmap ghost --dry-run=server", /^configmap\/ghost created \(server dry run\)$/m],
  ["run busy --image=IMAGE --restart=Never -- sleep 1000", /^pod\/busy created$/m],
  ["expose deployment hello --name=second --port=81 --target-port=http", /^service\/second exposed$/m],
  ["autoscale deployment idle --max=3 --cpu-percent=80", /^horizontalpodautoscaler\.autoscaling\/idle autoscaled$/m],
  // Changing them.
  ["set image deployment/idle busybox=IMAGE", /^$/],
  ["set env deployment/idle COLOUR=blue", /^deployment\.apps\/idle env updated$/m],
  ["set env deployment/idle --list", /^COLOUR=blue$/m],
  ["set resources deployment/idle --requests=cpu=1m", /^deployment\.apps\/idle resource requirements updated$/m],
  ["set serviceaccount deployment/idle robot", /^deployment\.apps\/idle serviceaccount updated$/m],
  ["set selector service inner app=hello", /^service\/inner selector updated$/m],
  ["set subject rolebinding readers --user=someone", /^rolebinding\S+\/readers subjects updated$/m],
  ["label configmap settings tier=front", /^configmap\/settings labeled$/m],
  ["annotate configmap settings note=x", /^configmap\/settings annotated?$/m],
  ['patch configmap settings -p {"data":{"a":"1"}}', /^configmap\/settings patched$/m],
  ['patch configmap settings --type=merge -p {"data":{"a":"2"}}', /^configmap\/settings patched$/m],
  ['patch configmap settings --type=json -p [{"op":"remove","path":"/data/a"}]', /^configmap\/settings patched$/m],
  ['patch deployment idle --subresource=scale --type=merge -p {"spec":{"replicas":0}}', /^scale\.autoscaling\/idle patched/m],
  ["edit configmap settings", /^configmap\/settings edited$/m, { env: { KUBE_EDITOR: "sed -i s/blue/green/" } }],
  ["replace -f DIR/settings.yaml", /^configmap\/settings replaced$/m],
  ["replace --force -f DIR/settings.yaml", /^configmap\/settings replaced$/m],
  ["apply -f DIR/changed.yaml", /^configmap\/settings configured$/m],
  ["apply view-last-applied configmap settings", /^ +color: yellow$/m],
  ["apply set-last-applied -f DIR/settings.yaml", /^configmap\/settings configured$/m],
  ["diff -f DIR/changed.yaml", /^$/],
  ["diff -f DIR/settings.yaml", /^\+ +color: blue$/m, { code: 1 }],
  ["apply --server-side --force-conflicts -f DIR/changed.yaml", /^configmap\/settings serverside-applied$/m],
  ["apply --prune -l prunable=yes -f DIR/pruned.yaml", /^configmap\/stays created$/m],
  ["kustomize DIR/k", /^ {2}name: k-made-[a-z0-9]{10}$/m],
  ["diff -k DIR/k", /^\+ {2}a: b$/m, { code: 1 }],
  ["apply -k DIR/k", /^configmap\/k-made-[a-z0-9]{10} created$/m],
  ["get -k DIR/k -o name", /^configmap\/k-made-/m],
  ["diff --prune -l prunable=yes -f DIR/pruned.yaml", /^(W\d{4} .*\n)?$/],
  ["auth reconcile -f DIR/role.yaml", /^role\.rbac\.authorization\.k8s\.io\/reader reconciled$/m],
  // Rollouts.
  ["rollout status deployment/hello --timeout=90s", /successfully rolled out/],
  ["scale deployment/hello --replicas=1", /^deployment\.apps\/hello scaled$/m],
  ["wait deployment/hello --for=jsonpath={.status.replicas}=1 --timeout=90s", /^deployment\.apps\/hello condition met$/m],
  ["rollout history deployment/hello", /^1 +<none>$/m],
  ["rollout history deployment/hello --revision=1", /^Pod Template:$/m],
  ["rollout pause deployment/hello", /^deployment\.apps\/hello paused$/m],
  ["rollout resume deployment/hello", /^deployment\.apps\/hello resumed$/m],
  ["rollout restart deployment/hello", /^deployment\.apps\/hello restarted$/m],
  ["rollout status deployment/hello --timeout=90s", /successfully rolled out/],
  ["rollout undo deployment/hello", /^deployment\.apps\/hello rolled back$/m],
  ["rollout status deployment/hello --timeout=90s", /successfully rolled out/],
  // Looking at them.
  ["get all", /^deployment\.apps\/hello +1\/1/m],
  ["get pods -o wide", /^hello-\S+ +1\/1 +Running/m],
  ["get deployment hello -o yaml", /^kind: Deployment$/m],
  ["get deployment hello -o json", /"kind": "Deployment"/],
  ["get deployment hello -o jsonpath={.spec.replicas}", /^1$/],
  ["get deployment -o custom-columns=N:.metadata.name --no-headers", /^hello$/m],
  ["get deployment hello -o go-template={{.kind}}/{{.metadata.name}}", /^Deployment\/hello$/],
  ["get configmaps --sort-by=.metadata.name -o name", /settings/],
  ["get configmaps -l tier=front --show-labels", /No resources found/],
  ["get deployment hello --subresource=status -o name", /^deployment\.apps\/hello$/m],
  ["describe deployment hello", /^Replicas: +1 desired/m],
  ["events", /LAST SEEN +TYPE +REASON +OBJECT/],
  ["events --for deployment/hello", /ScalingReplicaSet/],
  ["wait pod/busy --for=condition=Ready --timeout=90s", /^pod\/busy condition met$/m],
  ["logs deployment/hello --tail=1", /^/],
  ["exec busy -- echo hello", /^hello$/m],
  ["cp DIR/settings.yaml busy:/tmp/copied", /^$/],
  ["exec busy -- cat /tmp/copied", /color: blue/],
  ["cp busy:/tmp/copied DIR/back", /^(tar: .*\n)?$/],
  ["run said -i --rm --restart=Never --image=IMAGE -- cat", /^hello$/m, { input: "hello\n" }],
  ["run reader --stdin --attach=false --restart=Never --image=IMAGE -- cat", /^pod\/reader created$/m],
  ["wait pod/reader --for=condition=Ready --timeout=90s", /^pod\/reader condition met$/m],
  ["attach -i reader", /^/],
  ["wait pod/reader --for=jsonpath={.status.phase}=Succeeded --timeout=90s", /^pod\/reader condition met$/m],
  ["attach nobody", /pods "nobody" not found/, { code: 1 }],
  ["port-forward nobody 80", /pods "nobody" not found/, { code: 1 }],
  ["get --raw /api/v1/namespaces/NS/pods/busy:9/proxy/", /error trying to reach service: .*connection refused/, { code: 1 }],
  ["get --raw /api/v1/namespaces/NS/services/hello:nothing/proxy/", /no endpoints available for service "hello:nothing"/, { code: 1 }],
  ["top pods", /Metrics API not available/, { code: 1 }],
  ["top nodes", /Metrics API not available/, { code: 1 }],
  ["debug busy --image=IMAGE --copy-to=busy-copy --attach=false", /^/],
  ["debug busy --image=IMAGE --copy-to=busy-general --attach=false --profile=general", /^/, { from: 28 }],
  ["get pod busy-copy -o name", /^pod\/busy-copy$/m],
  ["certificate approve NS-nobody", /"NS-nobody" not found/, { code: 1 }],
  ["cluster-info dump --namespaces=NS", /START logs for container/],
  // Nodes.
  ["cordon NODE", /^node\/NODE cordoned$/m],
  ["uncordon NODE", /^node\/NODE uncordoned$/m],
  ["taint nodes NODE a=b:NoSchedule", /^node\/NODE tainted$/m],
  ["taint nodes NODE a-", /^node\/NODE untainted$/m],
  ["drain NODE", /^node\/NODE drained$/m],
  // And away with them.
  ["delete pod busy busy-copy busy-general --ignore-not-found --force --grace-period=0", /pod "busy" force deleted/],
  ["delete deployment,service hello", /deployment\.apps "hello" deleted/],
  ["delete configmap -l prunable=yes", /configmap "stays" deleted/],
  ["delete configmap settings --dry-run=client", /configmap "settings" deleted.*\(dry run\)/],
  ["delete node,priorityclass,clusterrole,clusterrolebinding NODE NS-high NS-all --ignore-not-found", /node "NODE" deleted/],
  ["delete namespace NS-extra", /namespace "NS-extra" deleted/],
];

const SETTINGS = (color: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: ${color} }\n`;

describeOnCluster("every command of every kubectl, and of wherry", "e2e-matrix", (cluster) => {
  it.concurrent.each(BINARIES)("%s", { timeout: 600_000 }, async (binary) => {
    const name = `by-${binary.split("/").at(-1)?.replaceAll(".", "-")}`;
    const minor = binary === WHERRY ? Number.POSITIVE_INFINITY : await minorOf(binary);
    const k = await Kubectl.inNamespace(cluster(), name, binary);
    const folder = cluster().newFolder(name);
    const file = (path: string, text: string) => writeFileSync(join(folder, path), text);
    mkdirSync(join(folder, "k"));
    file("k/kustomization.yaml", "namePrefix: k-\nconfigMapGenerator: [{ name: made, literals: [a=b] }]\n");
    file("settings.yaml", SETTINGS("blue"));
    file("changed.yaml", SETTINGS("yellow"));
    file("node.yaml", `apiVersion: v1\nkind: Node\nmetadata: { name: node-${name} }\n`);
    file("pruned.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: stays, labels: { prunable: 'yes' } }\n");
    file(
      "role.yaml",
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: reader, namespace: ${name} }\nrules: [{ apiGroups: [''], resources: [pods], verbs: [list] }]\n`,
    );
    const filled = (text: string) =>
      text.replaceAll("NODE", `node-${name}`).replaceAll("NS", name).replaceAll("DIR", folder).replaceAll("IMAGE", BUSYBOX);
    for (const [line, says, { code = 0, from = 0, ...given } = {}] of STEPS) {
      if (minor < from) continue;
      const ran = await k.try(line.split(" ").map(filled), given);
      expect({ line, code: ran.code, said: (ran.stdout + ran.stderr).replaceAll(EARLY_FRAME, "") }).toEqual({
        line,
        code,
        said: expect.stringMatching(new RegExp(filled(says.source), says.flags)),
      });
    }
  });
});

/** kubectl's own log of a frame that came before it had made the stream, which it then leaves out: an empty one, that tells that the stream is there. */
const EARLY_FRAME = /^E\d{4} .* websocket\.go:\d+\] Unknown stream id \d, discarding message\n/gm;

async function minorOf(kubectl: string): Promise<number> {
  const { stdout } = await run(kubectl, ["version", "--client", "-o", "json"]);
  return Number.parseInt(JSON.parse(stdout).clientVersion.minor, 10);
}
