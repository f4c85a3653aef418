import { defineKind, type FieldError, forbiddenField, invalid, required, semanticEqual } from "@wherry/machinery";
import type { Secret as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { immutable, present } from "../rules.ts";
import { decodedLength, validateKeys, validateSize } from "./data.ts";

export type Secret = Type;

export const Secret = defineKind<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Secret",
  prepareForCreate: encodeStringData,
  prepareForUpdate(next, prev) {
    encodeStringData(next);
    if (prev.type) next.type ||= prev.type;
  },
  defaults(o) {
    o.type ||= "Opaque";
  },
  validate,
  validateUpdate,
  selectableFields: { type: (o) => o.type ?? "" },
  columns: [
    nameColumn,
    { name: "Type", type: "string", value: (o) => o.type ?? "" },
    { name: "Data", type: "string", value: (o) => Object.keys(o.data ?? {}).length },
    ageColumn,
  ],
});

/** `stringData` is for writing only: it goes into `data`, over what is there. */
function encodeStringData(o: Secret): void {
  if (!o.stringData) return;
  const encoded = Object.entries(o.stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  o.data = { ...o.data, ...Object.fromEntries(encoded) };
  delete o.stringData;
}

/** Source: core validation `ValidateSecret`. */
function validate(o: Secret): FieldError[] {
  const size = Object.values(o.data ?? {}).reduce((sum, value) => sum + decodedLength(value), 0);
  return [...validateKeys("data", o.data), ...validateSize("data", size), ...typeErrors(o)];
}

const ACCOUNT = "kubernetes.io/service-account.name";

function typeErrors(o: Secret): FieldError[] {
  const missing = (...keys: string[]) => keys.filter((key) => !Object.hasOwn(o.data ?? {}, key)).map((key) => required(`data[${key}]`));
  switch (o.type) {
    case "kubernetes.io/service-account-token":
      return present(`metadata.annotations[${ACCOUNT}]`, o.metadata.annotations?.[ACCOUNT]);
    case "kubernetes.io/dockercfg":
      return [...missing(".dockercfg"), ...jsonErrors(o, ".dockercfg")];
    case "kubernetes.io/dockerconfigjson":
      return [...missing(".dockerconfigjson"), ...jsonErrors(o, ".dockerconfigjson")];
    case "kubernetes.io/basic-auth": {
      const both = missing("username", "password");
      return both.length === 2 ? both : [];
    }
    case "kubernetes.io/ssh-auth":
      return missing("ssh-privatekey");
    case "kubernetes.io/tls":
      return missing("tls.crt", "tls.key");
    default:
      return [];
  }
}

function jsonErrors(o: Secret, key: string): FieldError[] {
  const text = o.data?.[key];
  if (text === undefined) return [];
  try {
    JSON.parse(Buffer.from(text, "base64").toString());
    return [];
  } catch {
    return [invalid(`data[${key}]`, "<secret contents redacted>", "it is not valid JSON")];
  }
}

/** Source: core validation `ValidateSecretUpdate`. */
function validateUpdate(next: Secret, prev: Secret): FieldError[] {
  const errors = immutable("type", next.type, next.type === prev.type);
  if (!prev.immutable) return errors;
  const detail = "field is immutable when `immutable` is set";
  if (!next.immutable) errors.push(forbiddenField("immutable", detail));
  if (!semanticEqual(next.data, prev.data)) errors.push(forbiddenField("data", detail));
  return errors;
}
