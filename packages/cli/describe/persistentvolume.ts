import type { NodeSelectorTerm, PersistentVolume, PersistentVolumeSpec } from "@wherry/api";
import { humanAge } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { shortModes, storageClassOf } from "./persistentvolumeclaim.ts";
import { quantityText } from "./pod/containers.ts";
import { PERSISTENT_SOURCE_WORDS, type Source } from "./pod/volume-sources.ts";
import { addSource } from "./pod/volumes.ts";
import type { Surroundings } from "./surroundings.ts";

/** A persistent volume. Source: kubectl pkg/describe/describe.go, `describePersistentVolume`. */
export async function describe(d: Description, volume: PersistentVolume, around: Surroundings): Promise<void> {
  const { metadata, status } = volume;
  const spec: PersistentVolumeSpec = volume.spec ?? {};
  addName(d, volume, false);
  addLabels(d, volume);
  d.line(0, "Finalizers:", `[${(metadata.finalizers ?? []).join(" ")}]`);
  d.line(0, "StorageClass:", storageClassOf(volume));
  const ending = metadata.deletionTimestamp && `Terminating (lasts ${humanAge(metadata.deletionTimestamp, around.now)})`;
  d.line(0, "Status:", ending ?? status?.phase ?? "");
  d.line(0, "Claim:", spec.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "");
  d.line(0, "Reclaim Policy:", spec.persistentVolumeReclaimPolicy ?? "");
  d.line(0, "Access Modes:", shortModes(spec.accessModes));
  if (spec.volumeMode !== undefined) d.line(0, "VolumeMode:", spec.volumeMode);
  d.line(0, "Capacity:", quantityText(spec.capacity?.storage));
  addNodeAffinity(d, spec.nodeAffinity);
  d.line(0, "Message:", status?.message ?? "");
  d.line(0, "Source:");
  if (!addSource(d, spec as unknown as Source, PERSISTENT_SOURCE_WORDS)) d.line(1, "<unknown>");
  await addEvents(d, volume, around);
}

function addNodeAffinity(d: Description, affinity: PersistentVolumeSpec["nodeAffinity"]): void {
  if (!affinity?.required) {
    d.line(0, "Node Affinity:", "<none>");
    return;
  }
  d.line(0, "Node Affinity:", "");
  const terms = affinity.required.nodeSelectorTerms;
  d.line(1, "Required Terms:", terms.length ? "" : "<none>");
  for (const [i, term] of terms.entries()) addTerm(d.nested(2), `Term ${i}`, (term.matchExpressions ?? []).map(requirementText));
}

type Requirement = NonNullable<NodeSelectorTerm["matchExpressions"]>[number];

const requirementText = ({ key, operator, values = [] }: Requirement) =>
  `${key} ${operator.toLowerCase()}${values.length ? ` [${values.join(", ")}]` : ""}`;

/** Requirements of one term below each other. */
export function addTerm(d: Description, title: string, requirements: readonly string[]): void {
  const lines = requirements.length ? requirements : ["<none>"];
  for (const [i, text] of lines.entries()) d.write(0, `${i === 0 ? `${title}:` : ""}\t${text}\n`);
}
