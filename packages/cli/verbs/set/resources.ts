import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { resourceList } from "../create/quota.ts";
import { changeAll, type SetOptions, setFlags } from "./change.ts";
import { matching, podSpecOf } from "./pod-spec.ts";

interface Options extends SetOptions {
  containers: string;
  limits?: string;
  requests?: string;
}

/** `wherry set resources`. */
export const resources: Verb = {
  description: "set what containers may use, and what they need",
  words: "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
  client: true,
  completes: "objects",
  flags: (command) =>
    setFlags(command)
      .option("-c, --containers <names>", "which containers; * stands for anything", "*")
      .option("--limits <resource=quantity>", "the most of each, between commas")
      .option("--requests <resource=quantity>", "what is needed of each, between commas"),
  run: (words, options: Options, { write }) => {
    const { limits, requests } = options;
    if (!limits && !requests) throw new UsageError("you must specify an update to requests or limits (in the form of --requests/--limits)");
    const wanted = {
      ...(limits && { limits: resourceList(limits.split(",")) }),
      ...(requests && { requests: resourceList(requests.split(",")) }),
    };
    const apply = (object: Parameters<typeof podSpecOf>[0]) => {
      const { containers, initContainers = [] } = podSpecOf(object);
      const found = matching([...containers, ...initContainers], options.containers);
      if (!found.length) throw new UsageError(`unable to find container named ${options.containers}`);
      for (const container of found) container.resources = merged(container.resources, wanted);
    };
    return changeAll(
      words,
      options,
      { done: "resource requirements updated", failed: "failed to patch resources update to pod template ", apply },
      write,
    );
  },
};

type Requirements = { limits?: Record<string, string>; requests?: Record<string, string> };

function merged(present: Requirements = {}, wanted: Requirements): Requirements {
  const lists = { ...present };
  for (const key of ["limits", "requests"] as const) if (wanted[key]) lists[key] = { ...present[key], ...wanted[key] };
  return lists;
}
