import { EC_REQUEST, pem } from "@wherry/api/kinds/certificates/fixtures.ts";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { SAMPLES } from "./fuzz/samples.ts";

const NAMES: Readonly<Record<string, string>> = { APIService: "v1.example.com", CustomResourceDefinition: "tabs.example.com" };
const REQUEST = {
  spec: { request: Buffer.from(pem("CERTIFICATE REQUEST", EC_REQUEST)).toString("base64"), signerName: "a.b/c", usages: ["client auth"] },
};
/** Those of the kinds that objects are stored of, in the version that they are stored in. */
export function storedKinds(kinds: readonly KindDefinition[]): KindDefinition[] {
  return kinds.filter((kind) => !kind.virtual && !kind.storedAs && kind.verbs?.length !== 0);
}

/** The path of the kind's resource, and a good object of it. */
export function sampleOf({ group, version, kind, plural, scope }: KindDefinition): { path: string; object: ApiObject } {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const namespaced = scope === "Namespaced";
  const metadata = { name: NAMES[kind] ?? "a", ...(namespaced && { namespace: "default" }) };
  const sample = kind === "CertificateSigningRequest" ? REQUEST : SAMPLES[kind];
  const object = { metadata, ...sample } as unknown as ApiObject;
  if (kind === "Event") Object.assign(object, { involvedObject: { namespace: "default", name: "a" } });
  return { path: `${root}${namespaced ? "/namespaces/default" : ""}/${plural}`, object };
}
