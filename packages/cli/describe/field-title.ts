const ACRONYMS = new Set(["API", "URL", "UID", "OSB", "GUID"]);

/** `restartPolicy` as `Restart Policy`. A name with other characters than letters and hyphens stays. Source: kubectl pkg/describe/describe.go, `smartLabelFor`. */
export function fieldTitle(name: string): string {
  if (/[^\p{L}-]/u.test(name)) return name;
  return words(name)
    .map((word) => (ACRONYMS.has(word.toUpperCase()) ? word.toUpperCase() : capitalized(word)))
    .join(" ");
}

/** Where small letters turn to capitals, and before the last capital of several that small ones follow. Source: github.com/fatih/camelcase. */
const words = (name: string): string[] => name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|[^\p{Lu}\p{Ll}]+/gu) ?? [];

const capitalized = (word: string) => (word === word.toLowerCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word);
