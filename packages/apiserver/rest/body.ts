import { badRequest } from "@wherry/base";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import { parseJson } from "@wherry/machinery";
import { unsupportedMediaType } from "../errors.ts";
import { type ApiRequest, headerOf } from "../exchange.ts";

/** A body as a value, and the paths of keys that it held twice. */
export interface ParsedBody {
  value: unknown;
  duplicates: readonly string[];
}

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const OBJECT_TYPES = ["application/json", "application/yaml", PROTOBUF];

/** The media type of a body without its parameters; JSON when the caller does not say. */
export function mediaType(request: ApiRequest): string {
  const type = headerOf(request, "content-type").split(";", 1)[0]?.trim().toLowerCase();
  return type || "application/json";
}

/**
 * Reads a body that holds an object. Throws UnsupportedMediaType, or BadRequest in the words of upstream's decoder when it cannot be read.
 * @param expected the kind that should be in it
 */
export async function parseBody(request: ApiRequest, expected: string): Promise<ParsedBody> {
  const type = mediaType(request);
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  if (type === PROTOBUF) return parseProtobuf(request.body);
  const source = Buffer.from(request.body).toString("utf8");
  try {
    return type === "application/json" ? parseJson(source) : await parseYaml(source);
  } catch (error) {
    throw unrecognized(expected, source, type, error);
  }
}

/** Reads YAML into plain values. Aliases are limited, so that a small body cannot grow without bound. Throws on bad YAML. */
export async function parseYaml(source: string): Promise<ParsedBody> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(source, { ...MANIFEST_YAML, uniqueKeys: false });
  if (document.errors[0]) throw document.errors[0];
  return { value: document.toJS({ maxAliasCount: 100 }), duplicates: [] };
}

/** What Go clients send when they may choose: kubectl's `create`, from 1.32 on. The field numbers are loaded with the first of them. */
async function parseProtobuf(body: Uint8Array): Promise<ParsedBody> {
  const { decodeProtobuf } = await import("../protobuf/decode.ts");
  try {
    return { value: decodeProtobuf(body), duplicates: [] };
  } catch (error) {
    throw badRequest(`the body is not an object in protobuf: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unrecognized(expected: string, source: string, type: string, error: unknown): Error {
  const why = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
  const language = type === "application/json" ? "json" : "yaml";
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected}): couldn't get version/kind; ${language} parse error: ${why} (${hexDump(source)})`,
  );
}

/** The first bytes in hexadecimal, as upstream shows what it could not read. */
function hexDump(source: string): string {
  const bytes = Buffer.from(source.slice(0, 30)).toString("hex").match(/.{2}/g) ?? [];
  return `${bytes.join("")}${source.length > 30 ? " ..." : ""}`;
}
