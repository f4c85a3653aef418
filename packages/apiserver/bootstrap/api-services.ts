import { apiVersionOf } from "@wherry/machinery";
import { groupVersions } from "../discovery/resources.ts";
import { type AnyObject, keyIn, type RestContext } from "../rest/context.ts";
import { createObject } from "../rest/create.ts";
import { SELF } from "./self.ts";

/** Priorities of group and version. Source: upstream's `controlplane/apiserver/aggregator.go`, `DefaultGenericAPIServicePriorities`. */
const PRIORITIES: Readonly<Record<string, readonly [group: number, version: number]>> = {
  v1: [18000, 1],
  "admissionregistration.k8s.io/v1": [16700, 15],
  "apiextensions.k8s.io/v1": [16700, 15],
  "apps/v1": [17800, 15],
  "authentication.k8s.io/v1": [17700, 15],
  "authorization.k8s.io/v1": [17600, 15],
  "autoscaling/v1": [17500, 15],
  "autoscaling/v2": [17500, 30],
  "batch/v1": [17400, 15],
  "certificates.k8s.io/v1": [17300, 15],
  "coordination.k8s.io/v1": [16500, 15],
  "discovery.k8s.io/v1": [16200, 15],
  "events.k8s.io/v1": [17750, 15],
  "flowcontrol.apiserver.k8s.io/v1": [16100, 21],
  "networking.k8s.io/v1": [17200, 15],
  "node.k8s.io/v1": [16300, 15],
  "policy/v1": [17100, 15],
  "rbac.authorization.k8s.io/v1": [17000, 15],
  "scheduling.k8s.io/v1": [16600, 15],
  "storage.k8s.io/v1": [16800, 15],
};

/** Lists every group and version that this server serves itself as an APIService. What is there is left as it is. */
export async function listLocalAPIServices(context: RestContext): Promise<void> {
  const kind = context.registry.byKind("apiregistration.k8s.io/v1", "APIService");
  if (!kind) return;
  const cache = context.cache.resource(kind);
  for (const { group, version } of groupVersions(context.registry.kinds)) {
    const name = `${version}.${group}`;
    const priority = PRIORITIES[apiVersionOf({ group, version })];
    if (!priority || cache.get(keyIn(cache, undefined, name))) continue;
    const [groupPriorityMinimum, versionPriority] = priority;
    const object = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: { name, labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" } },
      spec: { ...(group && { group }), version, groupPriorityMinimum, versionPriority },
    };
    await createObject(context, { kind, request: { user: SELF } }, object as unknown as AnyObject, { dryRun: false, warnings: [] });
  }
}
