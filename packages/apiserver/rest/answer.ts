import { type ApiResponse, headerOf } from "../exchange.ts";
import { type Negotiated, negotiate } from "../negotiate.ts";
import { parseIncludeObject, tableShape } from "../table.ts";
import type { ResourceCall, RestContext } from "./context.ts";
import { flag } from "./options.ts";
import { metadataShape, plainShape, type Shape } from "./shape.ts";

/** The form that a call wants its answer in. Throws NotAcceptable. */
export function negotiateShape(context: RestContext, call: ResourceCall): { shape: Shape; negotiated: Negotiated } {
  const negotiated = negotiate(headerOf(call.request, "accept"), true);
  const { query } = call.request;
  if (negotiated.as === "Table") {
    const include = parseIncludeObject(query.get("includeObject"));
    return { negotiated, shape: tableShape(call.kind, include, () => context.clock.now()) };
  }
  return { negotiated, shape: negotiated.as ? metadataShape(call.kind) : plainShape(call.kind) };
}

/** The Warning header that tells these, once each. Source: RFC 7234 section 5.5, code 299. */
export function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  if (warnings.length === 0) return {};
  // Control and non-ASCII characters cannot stand in a header.
  const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&");
  return { warning: [...new Set(warnings)].map((text) => `299 - "${printable(text)}"`) };
}

/** One object, from the bytes it is served as. */
export function answerObject(
  context: RestContext,
  call: ResourceCall,
  bytes: Buffer,
  options: { status?: number; warnings?: readonly string[] } = {},
): Promise<ApiResponse> {
  const { shape, negotiated } = negotiateShape(context, call);
  return encode(call, negotiated, shape.contentType, shape.one(bytes), options);
}

/** One object that is not of the call's own kind, such as a Scale. */
export function answerValue(call: ResourceCall, value: object, options: { status?: number; warnings?: readonly string[] } = {}) {
  const negotiated = negotiate(headerOf(call.request, "accept"), false);
  return encode(call, negotiated, "application/json", Buffer.from(JSON.stringify(value)), options);
}

/** JSON bytes in the encoding that was agreed on. */
export async function encode(
  call: ResourceCall,
  negotiated: Negotiated,
  contentType: string,
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
  const body = flag(call.request.query, "pretty") ? `${JSON.stringify(JSON.parse(bytes.toString("utf8")), null, 2)}\n` : bytes;
  return { status, headers: { "content-type": contentType, ...headers }, body };
}
