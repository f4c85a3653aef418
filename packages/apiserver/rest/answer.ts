import { failure, type StatusError } from "@wherry/base";
import type { KindDefinition } from "@wherry/machinery";
import { type ApiRequest, type ApiResponse, headerOf } from "../exchange.ts";
import { type Negotiated, negotiate } from "../negotiate.ts";
import { parseIncludeObject, tableShape } from "../table.ts";
import { warningHeaders } from "../warnings.ts";
import { bytesAs } from "../watch-cache/converted.ts";
import type { ResourceCall, RestContext } from "./context.ts";
import { metadataShape, plainShape, type Shape } from "./shape.ts";

/** The form that a call wants its answer in. Throws NotAcceptable. `list`: whether the answer is a list; absent for a watch. */
export function negotiateShape(context: RestContext, call: ResourceCall, list?: boolean): { shape: Shape; negotiated: Negotiated } {
  const negotiated = negotiate(headerOf(call.request, "accept"), true);
  const { as, version = "v1" } = negotiated;
  if (as === "Table") {
    const include = parseIncludeObject(call.request.query.get("includeObject"));
    return { negotiated, shape: tableShape(call.kind, include, () => context.clock.now(), version) };
  }
  if (as && list !== undefined && list !== (as === "PartialObjectMetadataList")) throw otherShape(call.kind, as, list);
  return { negotiated, shape: as ? metadataShape(call.kind, version) : plainShape(call.kind) };
}

/** Source: apiserver `handlers.asPartialObjectMetadata`, `asPartialObjectMetadataList`. */
function otherShape({ group, kind }: KindDefinition, as: string, list: boolean): StatusError {
  const type = `*${group.split(".")[0] || "core"}.${kind}`;
  return failure(
    406,
    "NotAcceptable",
    `you requested ${as}, but the requested object is ${list ? `a list (${type}List)` : `not a list (${type})`}`,
  );
}

/** One object, from its bytes in any version. */
export async function answerObject(
  context: RestContext,
  call: ResourceCall,
  bytes: Buffer,
  options: { status?: number; warnings?: readonly string[] } = {},
): Promise<ApiResponse> {
  const { shape, negotiated } = negotiateShape(context, call, false);
  const shown = call.kind.conversion ? await bytesAs(call.kind, bytes) : bytes;
  return encode(call, negotiated, shape.one(shown), options);
}

/** One object that is not of the call's own kind, such as a Scale. */
export function answerValue(call: ResourceCall, value: object, options: { status?: number; warnings?: readonly string[] } = {}) {
  const negotiated = negotiate(headerOf(call.request, "accept"), false);
  return encode(call, negotiated, Buffer.from(JSON.stringify(value)), options);
}

/** JSON bytes in the encoding that was agreed on. */
export async function encode(
  { request }: Pick<ResourceCall, "request">,
  negotiated: Negotiated,
  bytes: Buffer,
  options: { status?: number; warnings?: readonly string[] } = {},
): Promise<ApiResponse> {
  const status = options.status ?? 200;
  const headers = warningHeaders(options.warnings ?? []);
  if (negotiated.encoding === "yaml") {
    const { stringify } = await import("yaml");
    const body = stringify(JSON.parse(bytes.toString("utf8")), { aliasDuplicateObjects: false });
    return { status, headers: { "content-type": "application/yaml", ...headers }, body };
  }
  const body = isPretty(request, negotiated) ? `${JSON.stringify(JSON.parse(bytes.toString("utf8")), null, 2)}\n` : bytes;
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

const PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/;
const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);

/** Whether an answer is indented: who asks for it gets it, and so do browsers and the like. Source: apiserver `negotiation.isPrettyPrint`. */
export function isPretty(request: Pick<ApiRequest, "query" | "headers">, negotiated: Negotiated): boolean {
  const asked = request.query.get("pretty");
  return negotiated.pretty === true || (asked ? TRUE.has(asked) : PEOPLE.test(headerOf(request, "user-agent")));
}
