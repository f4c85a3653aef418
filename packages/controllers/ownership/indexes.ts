import { type ApiObject, controllerOf } from "@wherry/machinery";

/** Files an object under the uid of its controller. */
export const BY_CONTROLLER = "controllerUid";
/** Files an object that has no controller under its namespace. */
export const ORPHANS = "orphansInNamespace";

/** The two indexes that make claiming cost what was found, not what exists. */
export const ownershipIndexes: Readonly<Record<string, (o: ApiObject) => readonly string[]>> = {
  [BY_CONTROLLER]: byController,
  [ORPHANS]: orphansInNamespace,
};

function byController(o: ApiObject): readonly string[] {
  const uid = controllerOf(o)?.uid;
  return uid ? [uid] : [];
}

function orphansInNamespace(o: ApiObject): readonly string[] {
  return controllerOf(o) ? [] : [o.metadata.namespace ?? ""];
}
