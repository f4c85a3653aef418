import type { Verb } from "../verb.ts";
import { topNode } from "./top/node.ts";
import { topPod } from "./top/pod.ts";

/** `wherry top`. */
export const verb: Verb = { description: "print what nodes and pods use", verbs: { node: topNode, pod: topPod } };
