import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { editKubeconfig } from "../../cluster/kubeconfig-file.ts";
import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { type ConfigOptions, configFlag, pathOf, readConfig } from "./file.ts";

type List = "contexts" | "clusters" | "users";
type Values = Readonly<Record<string, unknown>>;

/** Puts values into an entry, which is made when it is not there. Gives whether it was. */
async function putInto(list: List, name: string, values: Values, options: ConfigOptions): Promise<boolean> {
  const entries = (await readConfig(options))[list] ?? [];
  const found = entries.findIndex((entry) => entry.name === name);
  const index = found < 0 ? entries.length : found;
  const field = list.slice(0, -1);
  await editKubeconfig(pathOf(options), (document) => {
    if (!document.get(list)) document.set(list, document.createNode([]));
    if (found < 0) document.addIn([list], document.createNode({ name, [field]: {} }));
    for (const [key, value] of Object.entries(values)) document.setIn([list, index, field, key], value);
  });
  return found >= 0;
}

interface ContextOptions extends ConfigOptions {
  cluster?: string;
  user?: string;
  namespace?: string;
  current?: boolean;
}

/** `wherry config set-context`. */
export const setContext: Verb = {
  description: "make or change a context",
  words: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
  completes: "contexts",
  client: true,
  flags: (command) =>
    configFlag(command)
      .option("--current", "the current one")
      .option("--cluster <name>", "its cluster")
      .option("--user <name>", "its user")
      .option("-n, --namespace <name>", "its namespace"),
  async run([given], { cluster, user, namespace, current, ...options }: ContextOptions, { write }) {
    const name = current ? (await readConfig(options))["current-context"] : given;
    if (!name) throw new UsageError(current ? "no current context is set" : "you must specify a non-empty context name or --current");
    const modified = await putInto("contexts", name, defined({ cluster, user, namespace }), options);
    write(`Context "${name}" ${modified ? "modified" : "created"}.\n`);
  },
};

const defined = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

interface ClusterOptions extends ConfigOptions {
  server?: string;
  certificateAuthority?: string;
  embedCerts?: boolean;
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
  proxyUrl?: string;
}

/** `wherry config set-cluster`. */
export const setCluster: Verb = {
  description: "make or change a cluster",
  words: "NAME [--server=server] [--certificate-authority=path/to/certificate/authority]",
  client: true,
  flags: (command) =>
    configFlag(command)
      .option("--server <url>", "where it answers")
      .option("--certificate-authority <file>", "whose certificates it may have")
      .option("--embed-certs", "keep the certificate's content, and not its path")
      .option("--insecure-skip-tls-verify", "do not check its certificate")
      .option("--tls-server-name <name>", "the name on its certificate")
      .option("--proxy-url <url>", "the way to it"),
  async run([name], options: ClusterOptions, { write }) {
    if (!name) throw new UsageError("you must specify a non-empty cluster name");
    const values = defined({
      server: options.server,
      ...file("certificate-authority", options.certificateAuthority, options.embedCerts),
      "insecure-skip-tls-verify": options.insecureSkipTlsVerify,
      "tls-server-name": options.tlsServerName,
      "proxy-url": options.proxyUrl,
    });
    await putInto("clusters", name, values, options);
    write(`Cluster "${name}" set.\n`);
  },
};

function file(key: string, path: string | undefined, embed = false): Values {
  if (path === undefined) return {};
  try {
    return embed ? { [`${key}-data`]: readFileSync(path).toString("base64") } : { [key]: resolve(path) };
  } catch (error) {
    throw new UsageError(`could not read ${key} data from ${path}: ${(error as Error).message}`);
  }
}

interface UserOptions extends ConfigOptions {
  token?: string;
  username?: string;
  password?: string;
  clientCertificate?: string;
  clientKey?: string;
  embedCerts?: boolean;
}

/** `wherry config set-credentials`. */
export const setCredentials: Verb = {
  description: "make or change a user",
  words: "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token]",
  client: true,
  flags: (command) =>
    configFlag(command)
      .option("--client-certificate <file>", "the certificate")
      .option("--client-key <file>", "its key")
      .option("--embed-certs", "keep the files' content, and not their paths")
      .option("--token <token>", "the bearer token")
      .option("--username <name>", "the name, for basic authentication")
      .option("--password <password>", "the password, for basic authentication"),
  async run([name], options: UserOptions, { write }) {
    if (!name) throw new UsageError("you must specify a non-empty user name");
    const values = defined({
      ...file("client-certificate", options.clientCertificate, options.embedCerts),
      ...file("client-key", options.clientKey, options.embedCerts),
      token: options.token,
      username: options.username,
      password: options.password,
    });
    await putInto("users", name, values, options);
    write(`User "${name}" set.\n`);
  },
};

/** `clusters.name.server` as the path of a node; the name of an entry may have dots. */
async function nodePath(property: string, options: ConfigOptions): Promise<(string | number)[]> {
  const [list = "", ...rest] = property.split(".");
  if (list === "current-context" && !rest.length) return [list];
  if (list !== "contexts" && list !== "clusters" && list !== "users")
    throw new UsageError(`unable to parse ${property}: it begins with clusters, contexts, users or current-context`);
  const entries = (await readConfig(options))[list] ?? [];
  const index = entries.findIndex(({ name }) => rest.join(".") === name || rest.join(".").startsWith(`${name}.`));
  if (index < 0) throw new UsageError(`${property}: there is no such entry`);
  const field = rest.join(".").slice((entries[index]?.name.length ?? 0) + 1);
  return field ? [list, index, list.slice(0, -1), field] : [list, index];
}

/** `wherry config set`. */
export const set: Verb = {
  description: "set one value",
  words: "PROPERTY_NAME PROPERTY_VALUE",
  client: true,
  flags: configFlag,
  async run([property, value], options: ConfigOptions, { write }) {
    if (!property || value === undefined) throw new UsageError("PROPERTY_NAME and PROPERTY_VALUE are required");
    const path = await nodePath(property, options);
    await editKubeconfig(pathOf(options), (document) => document.setIn(path, value));
    write(`Property "${property}" set.\n`);
  },
};

/** `wherry config unset`. */
export const unset: Verb = {
  description: "take one value out",
  words: "PROPERTY_NAME",
  client: true,
  flags: configFlag,
  async run([property], options: ConfigOptions, { write }) {
    if (!property) throw new UsageError("PROPERTY_NAME is required");
    const path = await nodePath(property, options);
    await editKubeconfig(pathOf(options), (document) => document.deleteIn(path));
    write(`Property "${property}" unset.\n`);
  },
};
