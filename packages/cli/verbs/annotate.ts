import type { Verb } from "../verb.ts";
import { metadataVerb } from "./label.ts";

/** `wherry annotate`. */
export const verb: Verb = metadataVerb("annotations", "set and remove annotations");
