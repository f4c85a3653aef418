import { createHash } from "node:crypto";
import { goJson } from "@wherry/machinery/patch/last-applied.ts";

/** Letters and digits that form no words. Source: apimachinery pkg/util/rand. */
const ALPHABET: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/**
 * The ten characters that `--append-hash` appends to a config map's or a secret's name: of its JSON with the keys in the order that Go writes them.
 * Source: kubectl pkg/util/hash/hash.go.
 */
export function contentHash(fields: Readonly<Record<string, unknown>>): string {
  const hex = createHash("sha256").update(goJson(fields)).digest("hex").slice(0, 10);
  return [...hex].map((c) => ALPHABET[c] ?? c).join("");
}
