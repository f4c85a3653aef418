import type { Pod } from "@wherry/api";

/** What is true of a running pod and not (yet) in its status. */
export interface PodPlace {
  nodeName: string;
  hostIP: string;
  /** Undefined before the sandbox has an address. */
  podIP: string | undefined;
}

type Field = (pod: Pod, place: PodPlace) => string;

const fields: Readonly<Record<string, Field>> = {
  "metadata.name": (pod) => pod.metadata.name,
  "metadata.namespace": (pod) => pod.metadata.namespace ?? "",
  "metadata.uid": (pod) => pod.metadata.uid,
  "metadata.labels": (pod) => formatMap(pod.metadata.labels),
  "metadata.annotations": (pod) => formatMap(pod.metadata.annotations),
  "spec.nodeName": (pod, place) => pod.spec?.nodeName ?? place.nodeName,
  "spec.serviceAccountName": (pod) => pod.spec?.serviceAccountName ?? "",
  "status.hostIP": (_, place) => place.hostIP,
  "status.hostIPs": (_, place) => place.hostIP,
  "status.podIP": (_, place) => place.podIP ?? "",
  "status.podIPs": (_, place) => place.podIP ?? "",
};

/** The value of a downward API `fieldPath`; throws on a path that there is not. Source: kubelet, pkg/fieldpath. */
export function podField(pod: Pod, path: string, place: PodPlace): string {
  const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(path);
  if (subscript) {
    const map = subscript[1] === "metadata.labels" ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[subscript[2]!] ?? "";
  }
  const field = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (!field) throw new Error(`unsupported fieldPath: ${path}`);
  return field(pod, place);
}

/** One `key="value"` per line, sorted by key. Source: fieldpath.FormatMap. */
export function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join("\n");
}

/** Go's `%q`: JSON's escapes, with control characters in Go's form. */
function goQuote(text: string): string {
  return JSON.stringify(text).replace(/\\(u00[0-9a-f]{2}|.)/g, (whole, code: string) => (code.length > 1 ? `\\x${code.slice(3)}` : whole));
}
