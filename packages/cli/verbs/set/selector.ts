import type { ApiObject } from "@wherry/machinery";
import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { specSelector } from "../create/spec-selector.ts";
import { changeAll, type SetOptions, setFlags, splitWords } from "./change.ts";

/** `wherry set selector`. */
export const selector: Verb = {
  description: "set which pods a service is for",
  words: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
  client: true,
  completes: "objects",
  flags: (command) => setFlags(command).option("--resource-version <version>", "only when the object is at this revision"),
  run: (words, options: SetOptions, { write }) => {
    const { names, changes } = splitWords(words, (word) => word.includes("="));
    if (changes.length !== 1) throw new UsageError("one selector is required");
    const { matchLabels, matchExpressions } = specSelector(changes[0] as string);
    if (matchExpressions) throw new UsageError("a service's selector has labels and their values only");
    const apply = (object: ApiObject) => {
      const service = object as ApiObject & { spec?: { selector?: object } };
      if (object.kind !== "Service") throw new UsageError("setting a selector is only supported for Services");
      service.spec = { ...service.spec, selector: matchLabels ?? {} };
    };
    return changeAll(names, options, { done: "selector updated", always: true, apply }, write);
  },
};
