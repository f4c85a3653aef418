import type { Command, Option } from "commander";
import type { ConnectionOptions } from "../connection.ts";
import { buildProgram } from "../program.ts";
import type { Completes } from "../verb.ts";
import { VerbCommand } from "../verb-command.ts";
import { flagValues } from "./flag-values.ts";
import { LiveNames } from "./live.ts";
import { type Line, readLine } from "./read-line.ts";

/** What may come next. */
export interface Completion {
  /** Each with what is said about it, if anything. All begin with what was typed. */
  candidates: { text: string; about?: string }[];
  /** `files`: the shell's own names of files are wanted; `nospace`: the word goes on after a candidate. */
  after: "files" | "nospace" | "space";
}

const NOTHING: Completion = { candidates: [], after: "space" };

/** Completes a command line: all its words but the program's name, the last of them as far as it is typed. Never throws, never waits long. */
export async function complete(words: readonly string[]): Promise<Completion> {
  const silent = { write: () => undefined, program: [], exit: () => undefined };
  const program = await buildProgram(words.slice(0, -1), silent);
  const line = readLine(program, words);
  if (line.foreign) return { candidates: [], after: "files" };
  const live = new LiveNames(line.options as ConnectionOptions);
  if (line.pending) return ofFlag(line, line.pending, live);
  if (line.current.startsWith("-")) return flags(line);
  return ofWord(line, live);
}

function matching(line: Line, texts: readonly string[], after: Completion["after"] = "space"): Completion {
  const candidates = [...new Set(texts)].filter((text) => text.startsWith(line.current)).map((text) => ({ text: line.prefix + text }));
  return { candidates, after };
}

async function ofFlag(line: Line, option: Option, live: LiveNames): Promise<Completion> {
  const values = await flagValues(option, line, live);
  return values === "files" ? { candidates: [], after: "files" } : matching(line, values);
}

function flags({ command, current }: Line): Completion {
  const all: Option[] = [];
  for (let at: Command | null = command; at; at = at.parent) all.push(...at.options);
  const named = all.filter((option) => option.long?.startsWith(current));
  const unique = new Map(named.map((option) => [option.long as string, option]));
  const candidates = [...unique].map(([text, { description }]) => ({ text, about: description }));
  return { candidates: candidates.toSorted((a, b) => (a.text < b.text ? -1 : 1)), after: "space" };
}

async function ofWord(line: Line, live: LiveNames): Promise<Completion> {
  const { command, positionals, current } = line;
  if (!positionals.length && command.commands.length) {
    const below = command.commands.filter((c) => c.name().startsWith(current));
    const verbs = below.map((c) => ({ text: c.name(), ...(c.description() && { about: c.description() }) }));
    if (verbs.length || !(command instanceof VerbCommand) || !command.completes) return { candidates: verbs, after: "space" };
  }
  const what = command instanceof VerbCommand ? command.completes : undefined;
  return what ? WORDS[what](line, live) : NOTHING;
}

const WORDS: Readonly<Record<Completes, (line: Line, live: LiveNames) => Promise<Completion>>> = {
  objects: typesAndNames,
  types: async (line, live) => (line.positionals.length ? NOTHING : matching(line, await live.types())),
  pods: async (line, live) => (line.positionals.length ? NOTHING : podsOrSlashed(line, live)),
  files: async () => ({ candidates: [], after: "files" }),
  shells: async (line) => matching(line, ["bash", "fish", "zsh"]),
  contexts: async (line, live) => (line.positionals.length ? NOTHING : matching(line, await live.configured("contexts"))),
  clusters: async (line, live) => (line.positionals.length ? NOTHING : matching(line, await live.configured("clusters"))),
  users: async (line, live) => (line.positionals.length ? NOTHING : matching(line, await live.configured("users"))),
  nodes: (line, live) => namesOfType(line, live, "nodes"),
  "pod-names": (line, live) => namesOfType(line, live, "pods"),
  "service-accounts": (line, live) => namesOfType(line, live, "serviceaccounts"),
  "signing-requests": (line, live) => namesOfType(line, live, "certificatesigningrequests"),
};

async function namesOfType(line: Line, live: LiveNames, type: string): Promise<Completion> {
  const names = await live.objects(type);
  return matching(
    line,
    names.filter((name) => !line.positionals.includes(name)),
  );
}

/** `get po` → types, `get pods we` → names, `get pods/we` → both in one word. */
async function typesAndNames(line: Line, live: LiveNames): Promise<Completion> {
  const { positionals, current } = line;
  if (current.includes("/")) return slashed(line, live);
  const [type] = positionals;
  if (type === undefined) {
    // `deployments,svc`: the last of several types.
    const before = current.slice(0, current.lastIndexOf(",") + 1);
    return matching(
      line,
      (await live.types()).map((name) => before + name),
    );
  }
  return type.includes("/") ? NOTHING : namesOfType(line, live, type);
}

async function slashed(line: Line, live: LiveNames): Promise<Completion> {
  const type = line.current.slice(0, line.current.indexOf("/"));
  return matching(
    line,
    (await live.objects(type)).map((name) => `${type}/${name}`),
  );
}

/** A pod's name, or a workload's type and name. */
async function podsOrSlashed(line: Line, live: LiveNames): Promise<Completion> {
  if (line.current.includes("/")) return slashed(line, live);
  const pods = matching(line, await live.objects("pods"));
  if (pods.candidates.length) return pods;
  const types = ["daemonsets", "deployments", "jobs", "pods", "replicasets", "services", "statefulsets"];
  return matching(
    line,
    types.map((type) => `${type}/`),
    "nospace",
  );
}
