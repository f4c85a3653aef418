import type { PersistentVolumeClaim, PersistentVolumeClaimTemplate, Pod } from "@wherry/api";
import { humanAge } from "@wherry/machinery";
import { addProbedConditions } from "./conditions.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { quantityText } from "./pod/containers.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

/** A claim. Source: kubectl pkg/describe/describe.go, `describePersistentVolumeClaim`. */
export async function describe(d: Description, claim: PersistentVolumeClaim, around: Surroundings): Promise<void> {
  const { metadata, status } = claim;
  addName(d, claim);
  d.line(0, "StorageClass:", storageClassOf(claim));
  const ending = metadata.deletionTimestamp && `Terminating (lasts ${humanAge(metadata.deletionTimestamp, around.now)})`;
  d.line(0, "Status:", ending ?? status?.phase ?? "");
  d.line(0, "Volume:", claim.spec?.volumeName ?? "");
  addLabels(d, claim);
  d.line(0, "Finalizers:", `[${(metadata.finalizers ?? []).join(" ")}]`);
  addVolumeFacts(d, claim);
  d.values("Used By", (await usersOf(claim, around)).map((pod) => pod.metadata.name).sort());
  addProbedConditions(d, "LastProbeTime", status?.conditions, (c) => c.lastProbeTime);
  await addEvents(d, claim, around);
}

/** What a claim that is still a template has to tell. */
export function addClaimBasics(d: Description, claim: PersistentVolumeClaimTemplate): void {
  d.line(0, "StorageClass:", storageClassOf(claim));
  d.line(0, "Volume:", claim.spec.volumeName ?? "");
  d.labels("Labels", claim.metadata?.labels);
  d.annotations("Annotations", claim.metadata?.annotations);
  addVolumeFacts(d, claim);
}

type Claim = Pick<PersistentVolumeClaim, "spec" | "status">;

function addVolumeFacts(d: Description, { spec, status }: Claim): void {
  const bound = spec?.volumeName ? status : undefined;
  d.line(0, "Capacity:", spec?.volumeName ? quantityText(bound?.capacity?.storage) : "");
  d.line(0, "Access Modes:", shortModes(bound?.accessModes));
  if (spec?.volumeMode !== undefined) d.line(0, "VolumeMode:", spec.volumeMode);
  if (!spec?.dataSource) return;
  d.line(0, "DataSource:");
  if (spec.dataSource.apiGroup !== undefined) d.line(1, "APIGroup:", spec.dataSource.apiGroup);
  d.line(1, "Kind:", spec.dataSource.kind);
  d.line(1, "Name:", spec.dataSource.name);
}

const MODES = { ReadWriteOnce: "RWO", ReadOnlyMany: "ROX", ReadWriteMany: "RWX", ReadWriteOncePod: "RWOP" };

/** `RWO,RWX`. Source: kubectl pkg/util/storage, `GetAccessModesAsString`. */
export function shortModes(modes: readonly string[] = []): string {
  return Object.entries(MODES)
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** The class of a claim or a volume: by its old annotation, else by its field. */
export function storageClassOf(claim: {
  metadata?: { annotations?: Record<string, string> };
  spec?: { storageClassName?: string };
}): string {
  return claim.metadata?.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? claim.spec?.storageClassName ?? "";
}

/** The pods that mount the claim, and those that it was made for. */
async function usersOf({ metadata }: PersistentVolumeClaim, { client }: Surroundings): Promise<Pod[]> {
  const { items } = await client.list(LOOKUP.pods, { namespace: metadata.namespace });
  const owners = (metadata.ownerReferences ?? []).filter((o) => o.kind === "Pod").map((o) => o.uid);
  const mounts = (pod: Pod) => pod.spec.volumes?.some((v) => v.persistentVolumeClaim?.claimName === metadata.name);
  return items.filter((pod) => mounts(pod) || owners.includes(pod.metadata.uid));
}
