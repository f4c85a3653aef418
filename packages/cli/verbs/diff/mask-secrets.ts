import type { ApiObject } from "@wherry/machinery";

type Secret = ApiObject & { data?: Record<string, string> };

/** Both with the values of their data hidden, so that it is seen that one differs, and not how. Source: kubectl pkg/cmd/diff/diff.go, Masker. */
export function maskSecrets(before: Secret | undefined, after: Secret): [Secret | undefined, Secret] {
  const masked = (secret: Secret, other: Secret | undefined, note: string): Secret => {
    if (!secret.data) return secret;
    const hide = ([key, value]: [string, string]) => {
      const changed = other?.data?.[key] !== undefined && other.data[key] !== value;
      return [key, changed ? `*** (${note})` : "***"] as const;
    };
    return { ...secret, data: Object.fromEntries(Object.entries(secret.data).map(hide)) };
  };
  return [before && masked(before, after, "before"), masked(after, before, "after")];
}
