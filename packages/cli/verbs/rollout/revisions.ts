import { ReplicaSet } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { controllerOf } from "@wherry/machinery/object.ts";
import { UsageError } from "../../errors.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Rollout, Workload } from "./workload.ts";

/** A state that a workload was in. */
export interface Revision {
  number: number;
  changeCause: string | undefined;
  template: Workload["spec"]["template"];
  /** What `-o` prints: a Deployment's replica set, any other workload as it was. */
  object: ApiObject;
}

const REVISION = "deployment.kubernetes.io/revision";
/** The annotation that says why. */
export const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** The revisions of a workload, oldest first: a Deployment's replica sets, the ControllerRevisions of the others. */
export async function revisionsOf(rollout: Rollout): Promise<Revision[]> {
  const found = rollout.resource.kind === "Deployment" ? await ofDeployment(rollout) : await ofOthers(rollout);
  return found.toSorted((a, b) => a.number - b.number);
}

async function ofDeployment({ connection, workload }: Rollout): Promise<Revision[]> {
  const { items } = await connection.client.list(ReplicaSet, { namespace: workload.metadata.namespace });
  return items
    .filter((set) => controllerOf(set)?.uid === workload.metadata.uid)
    .map((set) => ({
      number: Number(set.metadata.annotations?.[REVISION] ?? 0),
      changeCause: set.metadata.annotations?.[CHANGE_CAUSE],
      template: set.spec.template as Revision["template"],
      object: { ...set, apiVersion: "apps/v1", kind: "ReplicaSet" },
    }));
}

/** The template that was rolled out. The label tells a deployment's replica sets apart, and is no part of it. */
export function withoutHash(template: Revision["template"]): Revision["template"] {
  const { "pod-template-hash": _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

type ControllerRevision = ApiObject & { revision: number; data?: { spec?: { template?: Revision["template"] & { $patch?: string } } } };

async function ofOthers({ connection, workload, resource }: Rollout): Promise<Revision[]> {
  const kind = definitionOf(await connection.resources.find("controllerrevisions.apps"));
  const { items } = await connection.client.list(kind, { namespace: workload.metadata.namespace });
  return (items as ControllerRevision[])
    .filter((one) => controllerOf(one)?.uid === workload.metadata.uid)
    .map(({ metadata, revision, data }) => {
      const { $patch: _, ...template } = data?.spec?.template ?? {};
      const object = { ...workload, apiVersion: apiVersionOf(resource), kind: resource.kind, spec: { ...workload.spec, template } };
      return { number: revision, changeCause: metadata.annotations?.[CHANGE_CAUSE], template, object };
    });
}

/** The revision of this number; the one before the newest where it is 0. Throws a UsageError when there is none. */
export function pickRevision(all: readonly Revision[], number: number, name: string): Revision {
  const found = number ? all.find((one) => one.number === number) : all.at(-2);
  if (found) return found;
  throw new UsageError(
    number ? `unable to find specified revision ${number} in history` : `no rollout history found for deployment "${name}"`,
  );
}
