import type { Verb } from "../verb.ts";
import { cordonVerb } from "./cordon.ts";

/** `wherry uncordon`. */
export const verb: Verb = cordonVerb(false, "let pods come to a node again");
