import { type FieldError, isDNS1123Subdomain } from "@wherry/machinery";
import { broken, oneOfIfSet } from "../rules.ts";

/** The old place of a class's name, which still wins over the field. */
export const STORAGE_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

interface Classed {
  metadata: { annotations?: Record<string, string> };
  spec: { storageClassName?: string };
}

/** The class of a volume or a claim; undefined when it names none. Source: core helper `GetPersistentVolumeClass`. */
export function storageClassOf({ metadata, spec }: Classed): string | undefined {
  return metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName;
}

interface Modes {
  storageClassName?: string;
  volumeMode?: string;
  volumeAttributesClassName?: string;
}

/** What the specs of volumes and claims have in common. */
export function validateClassAndMode({ storageClassName, volumeMode, volumeAttributesClassName }: Modes, path: string): FieldError[] {
  const name = (field: string, value: string | undefined) => (value ? broken(`${path}.${field}`, value, isDNS1123Subdomain(value)) : []);
  return [
    ...name("storageClassName", storageClassName),
    ...oneOfIfSet(`${path}.volumeMode`, volumeMode, ["Block", "Filesystem"]),
    ...name("volumeAttributesClassName", volumeAttributesClassName),
  ];
}
