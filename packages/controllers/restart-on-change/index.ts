import { createHash } from "node:crypto";
import { ConfigMap, DaemonSet, Deployment, Secret, StatefulSet } from "@wherry/api";
import { type Controller, type ControllerContext, type Watch, watchOf } from "@wherry/engine";
import { type ApiObject, deepEqual, type KindDefinition } from "@wherry/machinery";
import { isWanted, OBSERVED_SOURCES, planRestart, RESTART_ON_CHANGE, RESTARTED_FOR, type RestartPlan, type Workload } from "./plan.ts";
import { nameOf, type Source, sourcesOf } from "./sources.ts";

/** How long changes gather, so that many of them are one rollout. */
export const SETTLE_MS = 1000;

const WORKLOADS: Readonly<Record<string, KindDefinition<ApiObject & Workload>>> = {
  Deployment: Deployment as unknown as KindDefinition<ApiObject & Workload>,
  StatefulSet: StatefulSet as unknown as KindDefinition<ApiObject & Workload>,
  DaemonSet: DaemonSet as unknown as KindDefinition<ApiObject & Workload>,
};

/** Files a workload that asked for it under what its pods are made from. */
const BY_SOURCE = "restartOnChangeOf";
const indexes = {
  [BY_SOURCE]: (o: ApiObject & Workload) =>
    isWanted(o) ? sourcesOf(o.spec?.template?.spec).map((s) => `${o.metadata.namespace}/${nameOf(s)}`) : [],
};

/** Rolls the workloads annotated with `wherry.io/restart-on-change` when a ConfigMap or Secret changes that their pods are made from. */
export function restartOnChangeController(): Controller {
  return {
    name: "restart-on-change-controller",
    eventSource: "restart-on-change-controller",
    watches: [...Object.values(WORKLOADS).map(watchWorkloads), watchSources(ConfigMap), watchSources(Secret)],
    reconcile,
  };
}

function watchWorkloads(kind: KindDefinition<ApiObject & Workload>): Watch {
  return watchOf({
    kind,
    indexes,
    wakes(workload, { previous, gone }, ctx) {
      if (gone || workload.metadata.annotations?.[RESTART_ON_CHANGE] === undefined) return [];
      const key = keyIn(kind, workload);
      if (workload.metadata.annotations[OBSERVED_SOURCES] === undefined) return [key];
      const same = previous && previous.metadata.generation === workload.metadata.generation;
      if (!same || !deepEqual(previous.metadata.annotations, workload.metadata.annotations)) ctx.wake(key, SETTLE_MS);
      return [];
    },
  });
}

function watchSources<O extends ConfigMap | Secret>(kind: KindDefinition<O>): Watch {
  return watchOf({
    kind,
    wakes(object, _, ctx) {
      const used = `${object.metadata.namespace}/${kind.kind}/${object.metadata.name}`;
      for (const workloads of Object.values(WORKLOADS))
        for (const workload of ctx.lister(workloads).byIndex(BY_SOURCE, used)) ctx.wake(keyIn(workloads, workload), SETTLE_MS);
      return [];
    },
  });
}

const keyIn = ({ kind }: KindDefinition, { metadata }: ApiObject): string => `${kind}/${metadata.namespace}/${metadata.name}`;

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const [kindName = "", namespace = "", name = ""] = key.split("/");
  const kind = WORKLOADS[kindName];
  const workload = kind && ctx.lister(kind).get(name, namespace);
  if (!workload || workload.metadata.deletionTimestamp) return;
  if (!isWanted(workload)) return tellIfInvalid(workload, ctx);
  const plan = planRestart(workload, (source) => hashIn(namespace, source, ctx), hash);
  if (plan) await write(ctx, kind, workload, plan);
}

function tellIfInvalid(workload: ApiObject, { events }: ControllerContext): void {
  const value = workload.metadata.annotations?.[RESTART_ON_CHANGE];
  if (value === undefined || value === "false") return;
  const message = `The annotation ${RESTART_ON_CHANGE} is ${JSON.stringify(value)}, which has no effect: use "true" or "false"`;
  events.event(workload, "Warning", "InvalidAnnotation", message);
}

async function write<O extends ApiObject & Workload>(ctx: ControllerContext, kind: KindDefinition<O>, workload: O, plan: RestartPlan) {
  const { name, namespace = "", resourceVersion } = workload.metadata;
  const template = plan.restart && { metadata: { annotations: { [RESTARTED_FOR]: plan.restart.hash } } };
  const body = {
    metadata: { resourceVersion, annotations: { [OBSERVED_SOURCES]: plan.observed } },
    ...(template && { spec: { template } }),
  };
  ctx.wrote(kind, await ctx.client.patch(kind, { name, namespace }, { type: "merge", body }));
  if (plan.restart) ctx.events.event(workload, "Normal", "ConfigurationChanged", `Restarting pods for ${plan.restart.changed.join(", ")}`);
}

/** Undefined when there is no such object. */
function hashIn(namespace: string, { kind, name }: Source, ctx: ControllerContext): string | undefined {
  if (kind === "Secret") {
    const secret = ctx.lister(Secret).get(name, namespace);
    return secret && hash(canonical([secret.data]));
  }
  const map = ctx.lister(ConfigMap).get(name, namespace);
  return map && hash(canonical([map.data, map.binaryData]));
}

const canonical = (parts: readonly (Readonly<Record<string, string>> | undefined)[]): string =>
  JSON.stringify(parts.map((part) => Object.entries(part ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Short, and long enough that nobody sees two contents with one hash. */
const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
