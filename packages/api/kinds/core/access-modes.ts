import { type FieldError, forbiddenField, notSupported, required } from "@wherry/machinery";

/** How each mode is written in a cell, in the order in which they are shown. */
const SHORT: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
const MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** The access modes of a volume or a claim. Source: core validation `ValidatePersistentVolumeSpec`. */
export function validateAccessModes(modes: readonly string[] | undefined, path: string, missing = ""): FieldError[] {
  const given = modes ?? [];
  const alone = given.includes("ReadWriteOncePod") && given.some((mode) => mode !== "ReadWriteOncePod");
  return [
    ...(given.length > 0 ? [] : [required(path, missing)]),
    ...given.filter((mode) => !MODES.includes(mode)).map((mode) => notSupported(path, mode, MODES)),
    ...(alone ? [forbiddenField(path, "may not use ReadWriteOncePod with other access modes")] : []),
  ];
}

/** `RWO,ROX`. Source: core helper `GetAccessModesAsString`. */
export function accessModesCell(modes: readonly string[] | undefined): string {
  const given = Object.keys(SHORT).filter((mode) => modes?.includes(mode));
  return given.map((mode) => SHORT[mode]).join(",");
}
