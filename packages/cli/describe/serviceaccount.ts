import type { ServiceAccount } from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** A service account. Source: kubectl pkg/describe/describe.go, `describeServiceAccount`. */
export async function describe(d: Description, account: ServiceAccount, around: Surroundings): Promise<void> {
  addName(d, account);
  addLabels(d, account);
  addNames(
    d,
    "Image pull secrets:",
    (account.imagePullSecrets ?? []).map((s) => s.name ?? ""),
  );
  await addEvents(d, account, around);
}

function addNames(d: Description, title: string, names: readonly string[]): void {
  for (const [i, name] of (names.length ? names : ["<none>"]).entries()) d.line(0, i === 0 ? title : " ".repeat(title.length), name);
}
