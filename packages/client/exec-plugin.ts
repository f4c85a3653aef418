import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { Clock } from "@wherry/base/clock.ts";

/** A kubeconfig's program that gives credentials. Source: client-go's tools/clientcmd/api ExecConfig. */
export interface ExecPlugin {
  apiVersion: string;
  /** A name to be found on the PATH, or a path; a relative one starts from `folder`. */
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  interactiveMode: "Never" | "IfAvailable" | "Always";
  /** Shown when the program is not there. */
  installHint: string;
  /** What the program is told of the cluster; undefined when it is not to be told. */
  cluster: object | undefined;
  /** The folder of the kubeconfig. */
  folder: string;
}

/** What shows the server who one is. */
export interface Credentials {
  token?: string;
  /** PEM. */
  cert?: string;
  key?: string;
}

/** No credentials could be had; the message says why, and what to install. */
export class CredentialsError extends Error {
  override name = "CredentialsError";

  constructor(message: string) {
    super(`getting credentials: ${message}`);
  }
}

/**
 * Credentials from a program, asked for when they are first needed, when they have expired and when the server does not take them any more. Several who need them at a
 * time share one run. Source: client-go's plugin/pkg/client/auth/exec.
 */
export class ExecCredentials {
  readonly #plugin: ExecPlugin;
  readonly #clock: Pick<Clock, "now">;
  #current: { credentials: Credentials; expires: number } | undefined;
  #running: Promise<Credentials> | undefined;

  constructor(plugin: ExecPlugin, clock: Pick<Clock, "now">) {
    this.#plugin = plugin;
    this.#clock = clock;
  }

  /** Rejects with a CredentialsError. */
  get(): Promise<Credentials> {
    if (this.#current && this.#clock.now() < this.#current.expires) return Promise.resolve(this.#current.credentials);
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The server refused these: the program is asked anew, unless it was already. */
  refused(credentials: Credentials): void {
    if (this.#current?.credentials === credentials) this.#current = undefined;
  }

  async #ask(): Promise<Credentials> {
    const { status = {} } = answerOf(await run(this.#plugin), this.#plugin.apiVersion);
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
    const credentials = { ...(token && { token }), ...(cert && key && { cert, key }) };
    this.#current = { credentials, expires: expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY };
    return credentials;
  }
}

interface Answer {
  apiVersion?: string;
  kind?: string;
  status?: { token?: string; clientCertificateData?: string; clientKeyData?: string; expirationTimestamp?: string };
}

function answerOf(text: string, apiVersion: string): Answer {
  const answer = parsed(text);
  if (answer.apiVersion !== apiVersion) {
    throw new CredentialsError(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${answer.apiVersion ?? "client.authentication.k8s.io/__internal"}`,
    );
  }
  const { status } = answer;
  if (!status) throw new CredentialsError("exec plugin didn't return a status field");
  const [cert, key] = [status.clientCertificateData, status.clientKeyData];
  if (!status.token && !cert && !key) throw new CredentialsError("exec plugin didn't return a token or cert/key pair");
  if (Boolean(cert) !== Boolean(key)) throw new CredentialsError("exec plugin returned only certificate or key, not both");
  if (status.expirationTimestamp && Number.isNaN(Date.parse(status.expirationTimestamp)))
    throw new CredentialsError(`decoding stdout: expirationTimestamp ${JSON.stringify(status.expirationTimestamp)} is no time`);
  return answer;
}

function parsed(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new CredentialsError(`decoding stdout: ${(error as Error).message}`);
  }
  throw new CredentialsError("decoding stdout: it is not an object");
}

function run(plugin: ExecPlugin): Promise<string> {
  const interactive = plugin.interactiveMode !== "Never" && Boolean(process.stdin.isTTY);
  if (plugin.interactiveMode === "Always" && !interactive)
    throw new CredentialsError("exec plugin cannot support interactive mode: standard input is not a terminal");
  const { apiVersion, command, args, cluster } = plugin;
  const info = { kind: "ExecCredential", apiVersion, spec: { ...(cluster && { cluster }), interactive } };
  const env = { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const path = command.includes("/") ? resolve(plugin.folder, command) : command;
  return new Promise((done, fail) => {
    const child = spawn(path, args, { env, stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.once("error", (error: NodeJS.ErrnoException) => fail(new CredentialsError(notStarted(plugin, path, error))));
    child.once("close", (code, signal) => {
      if (code === 0) done(text);
      else fail(new CredentialsError(`exec: executable ${command} failed with ${signal ? `signal ${signal}` : `exit code ${code}`}`));
    });
  });
}

function notStarted({ command, installHint }: ExecPlugin, path: string, error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") return `exec: ${error.message}`;
  if (command.includes("/")) return `exec: fork/exec ${path}: no such file or directory`;
  return `exec: executable ${command} not found

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins${installHint && `\n\n${installHint}`}`;
}
