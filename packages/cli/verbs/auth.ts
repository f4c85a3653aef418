import type { Verb } from "../verb.ts";
import { canI } from "./auth/can-i.ts";
import { reconcile } from "./auth/reconcile.ts";
import { whoami } from "./auth/whoami.ts";

/** `wherry auth`. */
export const verb: Verb = { description: "ask what one may do, and who one is", verbs: { "can-i": canI, reconcile, whoami } };
