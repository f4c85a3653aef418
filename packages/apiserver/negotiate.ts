import { notAcceptable } from "./errors.ts";

/** The form an answer takes. */
export interface Negotiated {
  encoding: "json" | "yaml";
  /** Another shape than the object's own. */
  as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
}

interface Clause {
  type: string;
  parameters: Readonly<Record<string, string>>;
}

const ACCEPTED = ["application/json", "application/yaml"];

/** The media ranges of an Accept header, in the caller's order, without those refused by `q=0`. */
export function parseAccept(accept: string): Clause[] {
  return accept
    .split(",")
    .map(parseClause)
    .filter((c) => c.type && c.parameters.q !== "0");
}

/**
 * Picks the first form the caller names that can be made. Throws NotAcceptable when there is none. `shapes`: whether tables and metadata-only
 * forms make sense here. Source: apiserver `negotiation.NegotiateMediaTypeOptions`.
 */
export function negotiate(accept: string, shapes: boolean): Negotiated {
  if (!accept) return { encoding: "json" };
  for (const clause of parseAccept(accept)) {
    const encoding = encodingOf(clause.type);
    if (!encoding) continue;
    const { as, g, v } = clause.parameters;
    if (!as) return { encoding };
    if (shapes && g === "meta.k8s.io" && v === "v1" && isShape(as)) return { encoding, as };
  }
  throw notAcceptable(ACCEPTED);
}

function isShape(as: string): as is NonNullable<Negotiated["as"]> {
  return as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList";
}

function encodingOf(type: string): Negotiated["encoding"] | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}

function parseClause(text: string): Clause {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const pair of rest) {
    const equals = pair.indexOf("=");
    if (equals > 0) parameters[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim();
  }
  return { type: type.toLowerCase(), parameters };
}
