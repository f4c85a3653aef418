import type { Verb } from "../verb.ts";
import { env } from "./set/env.ts";
import { image } from "./set/image.ts";
import { resources } from "./set/resources.ts";
import { selector } from "./set/selector.ts";
import { serviceAccount } from "./set/serviceaccount.ts";
import { subject } from "./set/subject.ts";

/** `wherry set`. */
export const verb: Verb = {
  description: "set one thing about objects: an image, a variable, resources ...",
  verbs: { env, image, resources, selector, serviceaccount: serviceAccount, subject },
};
