import { notAcceptable } from "./errors.ts";

/** The form an answer takes. */
export interface Negotiated {
  encoding: "json" | "yaml";
  /** Another shape than the object's own. */
  as?: ShapeName;
  /** Version of `meta.k8s.io` that the shape is of. */
  version?: ShapeVersion;
  /** Indented, for people. */
  pretty?: boolean;
}

export type ShapeName = "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
export type ShapeVersion = "v1" | "v1beta1";

interface Clause {
  type: string;
  parameters: Readonly<Record<string, string>>;
}

const ACCEPTED = ["application/json", "application/yaml"];
const JSON_ONLY: Negotiated = { encoding: "json" };

/** The media ranges of an Accept header, most wanted first, without those refused by `q=0`. Source: goautoneg `ParseAccept`. */
export function parseAccept(accept: string): Clause[] {
  const clauses = accept
    .split(",")
    .map(parseClause)
    .filter((c) => c.type);
  return clauses.filter((c) => quality(c) > 0).sort((a, b) => quality(b) - quality(a));
}

/**
 * Picks the first form the caller names that can be made. Throws NotAcceptable when there is none. `shapes`: whether tables and metadata-only
 * forms make sense here. Source: apiserver `negotiation.NegotiateMediaTypeOptions`.
 */
export function negotiate(accept: string, shapes: boolean): Negotiated {
  if (!accept || accept === "application/json" || accept === "*/*") return JSON_ONLY;
  for (const clause of parseAccept(accept)) {
    const encoding = encodingOf(clause.type);
    const found = encoding && formOf(clause, encoding, shapes);
    if (found) return found;
  }
  throw notAcceptable(ACCEPTED);
}

function formOf({ parameters }: Clause, encoding: Negotiated["encoding"], shapes: boolean): Negotiated | undefined {
  const { as, g, v, pretty, stream } = parameters;
  if (stream && stream !== "watch") return undefined;
  const form = { encoding, ...(pretty === "1" && { pretty: true }) };
  if (as === undefined && g === undefined && v === undefined) return form;
  if (!shapes || g !== "meta.k8s.io" || !isVersion(v) || !isShape(as)) return undefined;
  return { ...form, as, version: v };
}

function isShape(as: string | undefined): as is ShapeName {
  return as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList";
}

function isVersion(version: string | undefined): version is ShapeVersion {
  return version === "v1" || version === "v1beta1";
}

function encodingOf(type: string): Negotiated["encoding"] | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}

/** What cannot be read as a number counts as 1. */
function quality({ parameters: { q } }: Clause): number {
  const value = q === undefined ? 1 : Number(q);
  return Number.isNaN(value) ? 1 : value;
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
