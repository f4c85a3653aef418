import type { PodTemplateSpec } from "@wherry/api";

/** No vowels and no digits that look like them: a name can not spell a word. Source: apimachinery rand.SafeEncodeString. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** The `pod-template-hash` of a template: the same for equal templates, whatever the order of their fields; `collisions` gives another one. */
export function templateHash(template: PodTemplateSpec, collisions = 0): string {
  const text = canonical(template) + (collisions > 0 ? `#${collisions}` : "");
  return [...String(fnv32a(text))].map((c) => ALPHABET[c.charCodeAt(0) % ALPHABET.length]).join("");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, v]) => v !== undefined && v !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join()}}`;
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
