import { existsSync, readFileSync } from "node:fs";
import { editKubeconfig, userKubeconfig } from "../cluster/kubeconfig-file.ts";
import { UsageError } from "../errors.ts";
import { textTable } from "../output/text-table.ts";
import type { Verb } from "../verb.ts";

export interface ConfigOptions {
  kubeconfig?: string;
  namespace?: string;
  current?: boolean;
  raw?: boolean;
}

interface View {
  contexts?: { name: string; context: { cluster?: string; user?: string; namespace?: string } }[];
  clusters?: { name: string; cluster: Record<string, unknown> }[];
  users?: { name: string; user: Record<string, unknown> }[];
  "current-context"?: string;
}

/** `wherry config`. */
export const verb: Verb = {
  description: "view, get-contexts, current-context, use-context NAME, set-context NAME",
  words: "ACTION",
  client: true,
  flags: (command) =>
    command.option("--current", "set-context: of the current context").option("--raw", "view: with keys and certificates"),
  run: ([action = "", ...words], options: ConfigOptions, { write }) => config(action, words, options, write),
};

/** `wherry config view|get-contexts|current-context|use-context|set-context`. */
export async function config(action: string, words: string[], options: ConfigOptions, write: (text: string) => void): Promise<void> {
  const path = options.kubeconfig ?? userKubeconfig();
  switch (action) {
    case "view":
      return view(path, options, write);
    case "get-contexts":
      return write(contextTable(await read(path), words));
    case "current-context": {
      const current = (await read(path))["current-context"];
      if (!current) throw new UsageError("current-context is not set");
      return write(`${current}\n`);
    }
    case "use-context":
      return useContext(path, words, write);
    case "set-context":
      return setContext(path, words, options, write);
    default:
      throw new UsageError(`unknown config action "${action}": use view, get-contexts, current-context, use-context or set-context`);
  }
}

async function read(path: string): Promise<View> {
  if (!existsSync(path)) return {};
  return ((await import("yaml")).parse(readFileSync(path, "utf8")) as View | null) ?? {};
}

async function view(path: string, options: ConfigOptions, write: (text: string) => void): Promise<void> {
  const { parse, stringify } = await import("yaml");
  if (!existsSync(path)) return write('apiVersion: v1\nkind: Config\nclusters: null\ncontexts: null\ncurrent-context: ""\nusers: null\n');
  const found = parse(readFileSync(path, "utf8")) as View;
  write(stringify(options.raw ? found : redacted(found), { indentSeq: false, lineWidth: 0 }));
}

/** Keys and tokens are not for the screen. */
function redacted(found: View): View {
  const hide = (entry: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(entry).map(([k, v]) => [k, k.endsWith("-data") ? "DATA+OMITTED" : k === "token" || k === "password" ? "REDACTED" : v]),
    );
  return {
    ...found,
    ...(found.clusters && { clusters: found.clusters.map((c) => ({ ...c, cluster: hide(c.cluster) })) }),
    ...(found.users && { users: found.users.map((u) => ({ ...u, user: hide(u.user) })) }),
  };
}

function contextTable(found: View, names: readonly string[]): string {
  const rows = (found.contexts ?? [])
    .filter((c) => !names.length || names.includes(c.name))
    .map(({ name, context }) => [
      name === found["current-context"] ? "*" : "",
      name,
      context.cluster ?? "",
      context.user ?? "",
      context.namespace ?? "",
    ]);
  return textTable([["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"], ...rows]);
}

async function useContext(path: string, [name]: string[], write: (text: string) => void): Promise<void> {
  const found = await read(path);
  if (!found.contexts?.some((c) => c.name === name)) throw new UsageError(`no context exists with the name: "${name ?? ""}"`);
  await editKubeconfig(path, (document) => document.set("current-context", name));
  write(`Switched to context "${name}".\n`);
}

async function setContext(path: string, [given]: string[], options: ConfigOptions, write: (text: string) => void): Promise<void> {
  const found = await read(path);
  const name = options.current ? found["current-context"] : given;
  const index = found.contexts?.findIndex((c) => c.name === name) ?? -1;
  if (index < 0) throw new UsageError(`no context exists with the name: "${name ?? ""}"`);
  if (options.namespace === undefined) throw new UsageError("say what to set: --namespace NAME");
  await editKubeconfig(path, (document) => document.setIn(["contexts", index, "context", "namespace"], options.namespace));
  write(`Context "${name}" modified.\n`);
}
