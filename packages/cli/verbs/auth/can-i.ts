import { type Connection, type ConnectionOptions, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { textTable } from "../../output/text-table.ts";
import type { Resource } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { review } from "./review.ts";

interface CanIOptions extends ConnectionOptions {
  allNamespaces?: boolean;
  list?: boolean;
  headers: boolean;
  quiet?: boolean;
  subresource?: string;
}

interface AccessReview {
  status: { allowed: boolean; reason?: string; evaluationError?: string };
}

interface RulesReview {
  status: { resourceRules?: Rule[]; nonResourceRules?: Rule[]; incomplete?: boolean; evaluationError?: string };
}

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

const API = "authorization.k8s.io/v1";

/** `wherry auth can-i`. */
export const canI: Verb = {
  description: "ask whether one may do something; the exit code is 1 when not",
  words: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
  client: true,
  flags: (command) =>
    command
      .option("-A, --all-namespaces", "in all namespaces")
      .option("--list", "list all that one may do")
      .option("--no-headers", "without the header line")
      .option("-q, --quiet", "only the exit code")
      .option("--subresource <name>", "to this part, such as log"),
  async run(words, options: CanIOptions, { write, exit }) {
    const connection = await connect(options);
    try {
      if (options.list) return await listRules(connection, options, write);
      const { allowed, reason, evaluationError } = await ask(connection, words, options);
      if (!options.quiet)
        write(`${[allowed ? "yes" : "no", ...(reason ? [reason] : []), ...(evaluationError ? [evaluationError] : [])].join(" - ")}\n`);
      if (!allowed) exit(1);
    } finally {
      connection.close();
    }
  },
};

async function ask(connection: Connection, words: readonly string[], options: CanIOptions): Promise<AccessReview["status"]> {
  const [verb, what, name, ...more] = words;
  if (!verb || !what || more.length)
    throw new UsageError(
      "you must specify two arguments: verb resource or verb resource/resourceName. See 'wherry auth can-i -h' for help and examples.",
    );
  const spec = what.startsWith("/")
    ? { nonResourceAttributes: { verb, path: what } }
    : { resourceAttributes: await attributes(connection, verb, what, name, options) };
  const body = { kind: "SelfSubjectAccessReview", metadata: { creationTimestamp: null }, spec, status: { allowed: false } };
  return (await review<AccessReview>(connection, API, "selfsubjectaccessreviews", body)).status;
}

async function attributes(
  connection: Connection,
  verb: string,
  word: string,
  name: string | undefined,
  options: CanIOptions,
): Promise<object> {
  const [type = "", ownName] = word.split("/");
  const found = type === "*" ? undefined : await connection.resources.find(type).catch(() => undefined);
  warn(type, found, verb, options);
  const [resource = "", ...group] = type.split(".");
  const namespace = options.allNamespaces || found?.namespaced === false ? "" : connection.namespace;
  return {
    ...(namespace && { namespace }),
    verb,
    ...{ group: found?.group ?? group.join("."), resource: found?.name ?? resource },
    ...(found && { version: found.version }),
    ...(options.subresource && { subresource: options.subresource }),
    ...((ownName ?? name) && { name: ownName ?? name }),
  };
}

/** Source: kubectl pkg/cmd/auth/cani.go. */
function warn(type: string, found: Resource | undefined, verb: string, options: CanIOptions): void {
  const say = (text: string) => options.quiet || process.stderr.write(`Warning: ${text}\n`);
  if (!found && type !== "*") return void say(`the server doesn't have a resource type '${type}'\n`);
  const known = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "*",
    "approve",
    "sign",
    "attest",
    "proxy",
  ];
  if (!known.includes(verb)) say(`verb '${verb}' is not a known verb\n`);
  if (found?.namespaced === false && options.namespace === undefined && !options.allNamespaces) {
    say(`resource '${found.name}' is not namespace scoped${found.group ? ` in group '${found.group}'` : ""}\n`);
  }
}

async function listRules(connection: Connection, options: CanIOptions, write: (text: string) => void): Promise<void> {
  const body = {
    kind: "SelfSubjectRulesReview",
    metadata: { creationTimestamp: null },
    spec: { namespace: connection.namespace },
    status: { resourceRules: null, nonResourceRules: null, incomplete: false },
  };
  const { status } = await review<RulesReview>(connection, API, "selfsubjectrulesreviews", body);
  if (status.incomplete) process.stderr.write(`warning: the list may be incomplete: ${status.evaluationError ?? ""}\n`);
  const words = (values: readonly string[] = []) => `[${values.join(" ")}]`;
  const names = (rule: Rule) =>
    (rule.resources ?? []).flatMap((resource) =>
      (rule.apiGroups ?? [""]).map((group) => (group && resource !== "*" ? `${resource}.${group}` : group === "*" ? "*.*" : resource)),
    );
  const rows = [
    ...(status.resourceRules ?? []).flatMap((rule) =>
      names(rule).map((name) => [name, "[]", words(rule.resourceNames), words(rule.verbs)]),
    ),
    ...(status.nonResourceRules ?? []).map((rule) => ["", words(rule.nonResourceURLs), "[]", words(rule.verbs)]),
  ];
  write(textTable([...(options.headers ? [["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]] : []), ...rows]));
}
