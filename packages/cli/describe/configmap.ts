import type { ConfigMap } from "@wherry/api";
import { type Description, sortedKeys } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** A config map. Source: kubectl pkg/describe/describe.go, `ConfigMapDescriber`. */
export async function describe(d: Description, map: ConfigMap, around: Surroundings): Promise<void> {
  addName(d, map);
  addLabels(d, map);
  d.write(0, "\nData\n====\n");
  for (const key of sortedKeys(map.data)) d.write(0, `${key}:\n----\n${map.data?.[key]}\n\n`);
  d.write(0, "\nBinaryData\n====\n");
  for (const key of sortedKeys(map.binaryData)) d.line(0, `${key}: ${byteLength(map.binaryData?.[key])} bytes`);
  d.line(0);
  await addEvents(d, map, around);
}

/** Of a value in base64. */
export const byteLength = (value = ""): number => Buffer.from(value, "base64").length;
