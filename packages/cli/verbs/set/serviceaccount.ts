import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { changeAll, type SetOptions, setFlags } from "./change.ts";
import { podSpecOf } from "./pod-spec.ts";

/** `wherry set serviceaccount`. */
export const serviceAccount: Verb = {
  description: "set the service account of pods",
  words: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
  aliases: ["sa"],
  client: true,
  completes: "objects",
  flags: setFlags,
  run: (words, options: SetOptions, { write }) => {
    const name = words.at(-1);
    if (name === undefined) throw new UsageError("serviceaccount is required");
    const apply = (object: Parameters<typeof podSpecOf>[0]) => {
      const spec = podSpecOf(object);
      spec.serviceAccountName = name;
      // The older name of the same field: the server keeps both alike.
      spec.serviceAccount = name;
    };
    return changeAll(
      words.slice(0, -1),
      options,
      { done: "serviceaccount updated", failed: "failed to patch ServiceAccountName ", always: true, apply },
      write,
    );
  },
};
