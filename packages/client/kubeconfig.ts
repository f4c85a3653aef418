import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { ExecPlugin } from "./exec-plugin.ts";
import type { HttpsTransportOptions } from "./https-transport.ts";
import { parsePlainYaml } from "./plain-yaml.ts";

export interface KubeconfigQuery {
  /** This file and no other, as `kubectl --kubeconfig`. Otherwise the files of `KUBECONFIG`, otherwise `~/.kube/config`. */
  path?: string;
  /** The context; the file's `current-context` when absent. */
  context?: string;
  /** Another cluster, or another user, than the context's. */
  cluster?: string;
  user?: string;
  /** What is said in place of the file: with a server no file is needed at all. */
  overrides?: KubeconfigOverrides;
  /** `process.env` when absent. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** Parts of a cluster or a user that take the place of the file's. Paths start from the working directory. */
export interface KubeconfigOverrides {
  server?: string;
  certificateAuthority?: string;
  clientCertificate?: string;
  clientKey?: string;
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
  token?: string;
  username?: string;
  password?: string;
}

/** What one context of a kubeconfig says. */
export interface Kubeconfig {
  context: string;
  cluster: string;
  user: string;
  /** `default` when the context names none. */
  namespace: string;
  /** For `httpsTransport`: files are already read. */
  transport: HttpsTransportOptions;
}

interface Cluster {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
  extensions?: { name?: string; extension?: unknown }[];
}

interface User {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: Exec;
  "auth-provider"?: object;
}

interface Exec {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  interactiveMode?: string;
  installHint?: string;
  provideClusterInfo?: boolean;
}

interface Context {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** A named entry, and the folder that its relative paths start from. */
interface Located<T> {
  value: T;
  folder: string;
}

interface Merged {
  current?: string;
  clusters: Map<string, Located<Cluster>>;
  users: Map<string, Located<User>>;
  contexts: Map<string, Located<Context>>;
  files: string[];
}

/** Reads a kubeconfig by kubectl's rules. Files are merged: the first that names an entry wins. Throws an Error that says what is missing. */
export async function loadKubeconfig(query: KubeconfigQuery = {}): Promise<Kubeconfig> {
  const { overrides = {} } = query;
  const merged = await mergeFiles(query);
  const contextName = query.context ?? merged.current ?? "";
  const context = contextOf(merged, contextName, query);
  const clusterName = query.cluster ?? context.cluster ?? "";
  const userName = query.user ?? context.user ?? "";
  const cluster = overrides.server && !clusterName ? HERE : find(merged.clusters, clusterName, what("cluster", contextName, query.cluster));
  const user = userName ? find(merged.users, userName, what("user", contextName, query.user)) : HERE;
  return {
    context: contextName,
    cluster: clusterName,
    user: userName,
    namespace: context.namespace || "default",
    transport: transportOf(
      overridden(cluster, clusterOverrides(overrides)),
      clusterName,
      overridden(user, userOverrides(overrides)),
      userName,
    ),
  };
}

function transportOf(cluster: Located<Cluster>, clusterName: string, user: Located<User>, userName: string): HttpsTransportOptions {
  const server = clusterOptions(cluster, clusterName);
  const { exec } = user.value;
  return {
    ...server,
    ...userOptions(user),
    ...(exec && { exec: execPlugin(exec, userName, user.folder, () => clusterInfo(cluster.value, server)) }),
  };
}

/** An entry that holds nothing; its paths start from the working directory. */
const HERE: Located<object> = { value: {}, folder: "." };

const what = (entry: string, context: string, given: string | undefined): string =>
  given === undefined ? `${entry} of context ${JSON.stringify(context)}:` : entry;

function contextOf(merged: Merged, name: string, query: KubeconfigQuery): Context {
  if (name) return find(merged.contexts, name, "context").value;
  if (query.overrides?.server || query.cluster) return {};
  throw new Error(`no context is chosen in ${merged.files.join(", ")}: set current-context, or say which with --context`);
}

/** The entry with what was said instead of it. A given path is one from the working directory, and wins over embedded data. */
function overridden<T extends object>(entry: Located<T>, changes: Partial<T>): Located<T> {
  return { value: { ...entry.value, ...changes }, folder: entry.folder };
}

function clusterOverrides({ server, certificateAuthority, insecureSkipTlsVerify, tlsServerName }: KubeconfigOverrides): Partial<Cluster> {
  return {
    ...(server && { server }),
    ...(certificateAuthority && { "certificate-authority": resolve(certificateAuthority), "certificate-authority-data": "" }),
    ...(insecureSkipTlsVerify && { "insecure-skip-tls-verify": true, "certificate-authority": "", "certificate-authority-data": "" }),
    ...(tlsServerName && { "tls-server-name": tlsServerName }),
  };
}

function userOverrides({ clientCertificate, clientKey, token, username, password }: KubeconfigOverrides): Partial<User> {
  return {
    ...(clientCertificate && { "client-certificate": resolve(clientCertificate), "client-certificate-data": "" }),
    ...(clientKey && { "client-key": resolve(clientKey), "client-key-data": "" }),
    ...(token && { token, tokenFile: "" }),
    ...(username !== undefined && { username, password: password ?? "" }),
  };
}

function find<T>(entries: Map<string, Located<T>>, name: string, what: string): Located<T> {
  const found = entries.get(name);
  if (found) return found;
  const known = [...entries.keys()].join(", ") || "none";
  throw new Error(`the kubeconfig has no ${what} ${JSON.stringify(name)}: it has ${known}`);
}

async function mergeFiles(query: KubeconfigQuery): Promise<Merged> {
  const { path, env = process.env } = query;
  const explicit = path ? [path] : (env.KUBECONFIG ?? "").split(delimiter).filter((p) => p !== "");
  const files = explicit.length > 0 ? explicit : [join(env.HOME ?? homedir(), ".kube", "config")];
  const merged: Merged = { clusters: new Map(), users: new Map(), contexts: new Map(), files };
  let found = 0;
  for (const file of files) {
    const text = readIfThere(file);
    if (text === undefined) continue;
    found++;
    await mergeFile(merged, text, file);
  }
  if (found === 0 && !query.overrides?.server)
    throw new Error(`there is no kubeconfig at ${files.join(", ")}: start a cluster with \`wherry up\`, or set KUBECONFIG`);
  return merged;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cannot read the kubeconfig ${file}: ${(error as Error).message}`);
  }
}

async function mergeFile(merged: Merged, text: string, file: string): Promise<void> {
  const document = await parseYaml(text, file);
  const folder = dirname(resolve(file));
  merged.current ||= typeof document["current-context"] === "string" ? document["current-context"] : undefined;
  collect(merged.clusters, document.clusters, "cluster", folder);
  collect(merged.users, document.users, "user", folder);
  collect(merged.contexts, document.contexts, "context", folder);
}

async function parseYaml(text: string, file: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = parsePlainYaml(text) ?? (await import("yaml")).parse(text);
    if (value === null) return {};
    if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new Error("it is not a mapping");
  } catch (error) {
    throw new Error(`the kubeconfig ${file} is not valid: ${(error as Error).message}`);
  }
}

function collect<T>(into: Map<string, Located<T>>, list: unknown, field: string, folder: string): void {
  if (!Array.isArray(list)) return;
  for (const entry of list as (Record<string, unknown> | null)[]) {
    const name = entry?.name;
    if (typeof name === "string" && !into.has(name)) into.set(name, { value: (entry?.[field] ?? {}) as T, folder });
  }
}

function clusterOptions({ value, folder }: Located<Cluster>, name: string): HttpsTransportOptions {
  if (!value.server) throw new Error(`the kubeconfig's cluster ${JSON.stringify(name)} has no server`);
  if (value["proxy-url"]) throw new Error("the kubeconfig asks for a proxy (proxy-url), which is not supported: remove it or use kubectl");
  const ca = pem(value["certificate-authority-data"], value["certificate-authority"], folder);
  return {
    server: value.server,
    ...(ca !== undefined && { ca }),
    ...(value["insecure-skip-tls-verify"] && { insecure: true }),
    ...(value["tls-server-name"] && { serverName: value["tls-server-name"] }),
  };
}

function userOptions({ value, folder }: Located<User>): Partial<HttpsTransportOptions> {
  if (value["auth-provider"]) {
    throw new Error(
      "the kubeconfig's user gets its credentials from an auth provider, which is not supported: use a certificate, a token or an exec plugin",
    );
  }
  const cert = pem(value["client-certificate-data"], value["client-certificate"], folder);
  const key = pem(value["client-key-data"], value["client-key"], folder);
  const token = value.tokenFile ? readPath(value.tokenFile, folder).trim() : value.token;
  return {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(token && { token }),
    ...(value.username !== undefined && { username: value.username, password: value.password ?? "" }),
  };
}

const EXEC_VERSION = /^client\.authentication\.k8s\.io\/(v1|v1beta1)$/;

/** Source of the wording: client-go's tools/clientcmd/validation.go. */
function execPlugin(exec: Exec, user: string, folder: string, cluster: () => object): ExecPlugin {
  const { apiVersion = "", command = "", interactiveMode = apiVersion.endsWith("beta1") ? "IfAvailable" : "" } = exec;
  if (!command) throw new Error(`command must be specified for ${user} to use exec authentication plugin`);
  if (!EXEC_VERSION.test(apiVersion)) {
    throw new Error(
      apiVersion
        ? `exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`
        : `apiVersion must be specified for ${user} to use exec authentication plugin`,
    );
  }
  if (!interactiveMode) throw new Error(`interactiveMode must be specified for ${user} to use exec authentication plugin`);
  if (interactiveMode !== "Never" && interactiveMode !== "IfAvailable" && interactiveMode !== "Always")
    throw new Error(`invalid interactiveMode for ${user}: ${JSON.stringify(interactiveMode)}`);
  return {
    ...{ apiVersion, command, interactiveMode, folder, args: exec.args ?? [], installHint: exec.installHint ?? "" },
    env: Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    cluster: exec.provideClusterInfo ? cluster() : undefined,
  };
}

/** What a plugin is told of the cluster. Source: client-go's plugin/pkg/client/auth/exec, and the ExecCredential's Cluster. */
function clusterInfo({ extensions }: Cluster, { server, ca, insecure, serverName }: HttpsTransportOptions): object {
  const config = extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  return {
    server,
    ...(serverName && { "tls-server-name": serverName }),
    ...(insecure && { "insecure-skip-tls-verify": true }),
    ...(ca !== undefined && { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
    ...(config !== undefined && { config }),
  };
}

/** Embedded data wins over a file, as in client-go. */
function pem(data: string | undefined, path: string | undefined, folder: string): string | undefined {
  if (data) return Buffer.from(data, "base64").toString("utf8");
  return path ? readPath(path, folder) : undefined;
}

function readPath(path: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, path), "utf8");
  } catch (error) {
    throw new Error(`the kubeconfig names a file that cannot be read: ${(error as Error).message}`);
  }
}
