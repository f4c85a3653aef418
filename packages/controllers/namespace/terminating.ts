import { StatusError } from "@wherry/base";

/** Whether a create failed only because its namespace is on its way out: nothing to report, nothing to retry. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && !!error.status.details?.causes?.some((c) => c.reason === "NamespaceTerminating");
}
