import { type Generator, manifest, nameOf } from "./generator.ts";

/** `wherry create namespace NAME`. */
export const namespace: Generator = {
  usage: "NAME",
  description: "make a namespace",
  generate: (words) => manifest("v1", "Namespace", { name: nameOf(words) }, { spec: {}, status: {} }),
};
