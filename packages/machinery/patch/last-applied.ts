import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";

/** Where a client-side apply keeps what it applied. Source: kubectl. */
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

interface Annotated {
  metadata: { name?: string; annotations?: Record<string, string> };
}

/** What the last client-side apply of this object said; undefined when there was none, or when it can't be read. */
export function lastAppliedOf(object: Annotated): Data | undefined {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isData(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A copy of a manifest that carries itself in the annotation, byte for byte as kubectl writes it. */
export function withLastApplied<O extends Annotated>(manifest: O): O {
  const copy = deepCopy(manifest);
  const annotations = { ...copy.metadata.annotations };
  delete annotations[LAST_APPLIED];
  copy.metadata.annotations = annotations;
  const text = `${goJson(copy)}\n`;
  copy.metadata.annotations = { ...annotations, [LAST_APPLIED]: text };
  return copy;
}

/** JSON as Go writes a map: sorted keys, and no characters that HTML would mind. */
export function goJson(value: unknown): string {
  return escapeHtml(JSON.stringify(value, (_, child: unknown) => (isData(child) ? sorted(child) : child)));
}

/** JSON text with the characters that HTML would mind as escapes: what Go's encoder does unless told otherwise. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function sorted(data: Data): Data {
  return Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
}
