import type { Secret } from "@wherry/api";
import { byteLength } from "./configmap.ts";
import { type Description, sortedKeys } from "./description.ts";
import { addLabels, addName } from "./metadata.ts";

/** A secret, without its values; only tokens of service accounts are shown. Source: kubectl pkg/describe/describe.go, `describeSecret`. */
export function describe(d: Description, secret: Secret): void {
  addName(d, secret);
  addLabels(d, secret);
  d.write(0, `\nType:\t${secret.type ?? ""}\n`);
  d.write(0, "\nData\n====\n");
  for (const key of sortedKeys(secret.data)) {
    const value = secret.data?.[key];
    const isToken = key === "token" && secret.type === "kubernetes.io/service-account-token";
    d.line(0, `${key}:`, isToken ? Buffer.from(value ?? "", "base64").toString() : `${byteLength(value)} bytes`);
  }
}
