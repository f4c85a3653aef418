import type { Definitions } from "@wherry/machinery";
import document from "./generated/definitions.json" with { type: "json" };

/** The schemas of every stable kind of Kubernetes 1.30 and of everything they are made of. */
export const definitions = document as unknown as Definitions;
