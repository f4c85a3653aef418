import type { StorageClass } from "@wherry/api";
import { formatLabels } from "@wherry/api/kinds/columns.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addTerm } from "./persistentvolume.ts";
import type { Surroundings } from "./surroundings.ts";

const DEFAULT = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/** A storage class. Source: kubectl pkg/describe/describe.go, `describeStorageClass`. */
export async function describe(d: Description, sc: StorageClass, around: Surroundings): Promise<void> {
  const { annotations } = sc.metadata;
  d.line(0, "Name:", sc.metadata.name);
  d.line(0, "IsDefaultClass:", DEFAULT.some((key) => annotations?.[key] === "true") ? "Yes" : "No");
  d.line(0, "Annotations:", formatLabels(annotations));
  d.line(0, "Provisioner:", sc.provisioner);
  d.line(0, "Parameters:", formatLabels(sc.parameters));
  d.line(0, "AllowVolumeExpansion:", sc.allowVolumeExpansion === undefined ? "<unset>" : sc.allowVolumeExpansion ? "True" : "False");
  d.line(0, "MountOptions:", ...(sc.mountOptions?.length ? [] : ["<none>"]));
  for (const option of sc.mountOptions ?? []) d.line(1, option);
  if (sc.reclaimPolicy !== undefined) d.line(0, "ReclaimPolicy:", sc.reclaimPolicy);
  if (sc.volumeBindingMode !== undefined) d.line(0, "VolumeBindingMode:", sc.volumeBindingMode);
  addTopologies(d, sc.allowedTopologies);
  await addEvents(d, sc, around);
}

function addTopologies(d: Description, topologies: StorageClass["allowedTopologies"]): void {
  if (!topologies) return;
  d.line(0, "AllowedTopologies:", topologies.length ? "" : "<none>");
  for (const [i, { matchLabelExpressions = [] }] of topologies.entries()) {
    const texts = matchLabelExpressions.map(({ key, values }) => `${key} in${values.length ? ` [${values.join(", ")}]` : ""}`);
    addTerm(d.nested(1), `Term ${i}`, texts);
  }
}
