import { type FieldError, invalid, isDNS1123Subdomain } from "@wherry/machinery";
import type { Pod } from "../../../generated/types.ts";

/** The annotation of a pod that names what has to be ready before it starts, and the scheduling gate that keeps it until then. */
export const DEPENDS_ON = "wherry.io/depends-on";

/** By any of these names a dependency may call its kind. */
const NAMES = {
  DaemonSet: ["daemonset", "daemonsets", "ds"],
  Deployment: ["deployment", "deployments", "deploy"],
  Job: ["job", "jobs"],
  Pod: ["pod", "pods", "po"],
  ReplicaSet: ["replicaset", "replicasets", "rs"],
  ReplicationController: ["replicationcontroller", "replicationcontrollers", "rc"],
  Service: ["service", "services", "svc"],
  StatefulSet: ["statefulset", "statefulsets", "sts"],
} as const;

export type DependencyKind = keyof typeof NAMES;

const KINDS = new Map(Object.entries(NAMES).flatMap(([kind, names]) => names.map((name) => [name as string, kind as DependencyKind])));

/** An object in the pod's own namespace. */
export interface Dependency {
  kind: DependencyKind;
  name: string;
}

/** A dependency as people write it: `deployment/db`. */
export const dependencyName = ({ kind, name }: Dependency): string => `${kind.toLowerCase()}/${name}`;

/** What the annotation of a pod, or of a template of pods, names, each once. Parts that are wrong are left out: `dependsOnErrors` tells them. */
export function dependenciesOf(metadata: { annotations?: Record<string, string> } | undefined): Dependency[] {
  const all = partsOf(metadata).flatMap((part) => parse(part) ?? []);
  return [...new Map(all.map((d) => [dependencyName(d), d])).values()];
}

/** Whether the pod still waits behind the gate. */
export const waitsForDependencies = (pod: Pod): boolean => (pod.spec?.schedulingGates ?? []).some(({ name }) => name === DEPENDS_ON);

/** Closes the gate of a new pod that depends on something. One that names its node itself passes no scheduler, and has no gate. */
export function gateDependent(pod: Pod): void {
  if (pod.spec.nodeName || waitsForDependencies(pod) || dependenciesOf(pod.metadata).length === 0) return;
  pod.spec.schedulingGates = [...(pod.spec.schedulingGates ?? []), { name: DEPENDS_ON }];
}

/** What is wrong with the annotation of `metadata`, which is at `path`. */
export function dependsOnErrors(metadata: { annotations?: Record<string, string> } | undefined, path: string): FieldError[] {
  const wrong = partsOf(metadata).filter((part) => !parse(part));
  const detail = `must be a list such as "deployment/db, service/cache", of these kinds: ${Object.keys(NAMES).join(", ").toLowerCase()}`;
  return wrong.map((part) => invalid(`${path}.annotations[${DEPENDS_ON}]`, part, detail));
}

function partsOf(metadata: { annotations?: Record<string, string> } | undefined): string[] {
  const text = metadata?.annotations?.[DEPENDS_ON] ?? "";
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

function parse(part: string): Dependency | undefined {
  const [given = "", name = "", ...more] = part.split("/");
  const kind = KINDS.get(given.toLowerCase());
  return kind && more.length === 0 && isDNS1123Subdomain(name).length === 0 ? { kind, name } : undefined;
}
