import type { Secret, ServiceAccount } from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

/** A service account. Source: kubectl pkg/describe/describe.go, `describeServiceAccount`. */
export async function describe(d: Description, account: ServiceAccount, around: Surroundings): Promise<void> {
  addName(d, account);
  addLabels(d, account);
  const secrets = await secretsBeside(account, around);
  const marked = (names: readonly string[]) =>
    names.map((name) => (secrets && !secrets.some((s) => s.metadata.name === name) ? `${name} (not found)` : name));
  addNames(d, "Image pull secrets:", marked((account.imagePullSecrets ?? []).map((s) => s.name ?? "")));
  addNames(d, "Mountable secrets: ", marked((account.secrets ?? []).map((s) => s.name ?? "")));
  addNames(
    d,
    "Tokens:            ",
    (secrets ?? []).filter((s) => isTokenOf(s, account)).map((s) => s.metadata.name),
  );
  await addEvents(d, account, around);
}

/** Undefined when they may not be seen: then none is called missing. */
async function secretsBeside({ metadata }: ServiceAccount, { client }: Surroundings): Promise<Secret[] | undefined> {
  const found = await client.list(LOOKUP.secrets, { namespace: metadata.namespace }).catch(() => undefined);
  return found?.items;
}

function isTokenOf({ type, metadata: { annotations } }: Secret, { metadata }: ServiceAccount): boolean {
  const ofName = annotations?.["kubernetes.io/service-account.name"] === metadata.name;
  return type === "kubernetes.io/service-account-token" && ofName && annotations?.["kubernetes.io/service-account.uid"] === metadata.uid;
}

/** The title's width is that of all three. */
function addNames(d: Description, title: string, names: readonly string[]): void {
  for (const [i, name] of (names.length ? names : ["<none>"]).entries()) d.line(0, i === 0 ? title : " ".repeat(title.length), name);
}
