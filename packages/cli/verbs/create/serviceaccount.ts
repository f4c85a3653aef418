import { type Generator, manifest, nameOf } from "./generator.ts";

/** `wherry create serviceaccount NAME`. */
export const serviceAccount: Generator = {
  usage: "NAME",
  description: "make a service account",
  generate: (words) => manifest("v1", "ServiceAccount", { name: nameOf(words) }),
};
