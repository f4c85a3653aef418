import { badRequest } from "@wherry/base";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import { jsonTypeOf, parseJson } from "@wherry/machinery";
import { isData } from "@wherry/machinery/data.ts";
import { unsupportedMediaType } from "../errors.ts";
import { type ApiRequest, headerOf } from "../exchange.ts";

/** A body as a value. */
export interface ParsedBody {
  value: unknown;
  /** One message for each key that it held twice, as strict decoding words it. Looked for when asked. */
  readonly duplicates: readonly string[];
  /** Strict decoding tells all of these as one error. */
  readonly yaml?: boolean;
}

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const OBJECT_TYPES = ["application/json", "application/yaml", PROTOBUF];

/** The media type of a body without its parameters; JSON when the caller does not say. */
export function mediaType(request: ApiRequest): string {
  const type = headerOf(request, "content-type").split(";", 1)[0]?.trim().toLowerCase();
  return type || "application/json";
}

/**
 * Reads a body that holds an object; null stands for an empty one. Throws UnsupportedMediaType, or BadRequest in the words of upstream's decoder when it
 * cannot be read, or is no object.
 * @param expected the kind that should be in it
 */
export async function parseBody(request: ApiRequest, expected: string): Promise<ParsedBody> {
  const type = mediaType(request);
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  if (type === PROTOBUF) return parseProtobuf(request.body);
  const source = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength).toString("utf8");
  const body = await parseText(source, type, expected);
  const wrong = typeWordsError(body.value);
  if (wrong !== undefined) throw unrecognized(expected, source, wrong);
  if (body.value === null) body.value = {};
  return body;
}

async function parseText(source: string, type: string, expected: string): Promise<ParsedBody> {
  try {
    return type === "application/json" ? parseJsonBody(source) : await parseYaml(source);
  } catch (error) {
    const { message } = error as Error;
    throw unrecognized(expected, source, type === "application/json" ? interpretError(message) : message);
  }
}

/** Why a value cannot be an object that says its type. Source: apimachinery `json.SimpleMetaFactory.Interpret`. */
export function typeWordsError(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (!isData(value)) {
    const type = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    return interpretError(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type ${type}`);
  }
  const field = ["apiVersion", "kind"].find((name) => value[name] !== undefined && value[name] !== null && typeof value[name] !== "string");
  if (field === undefined) return undefined;
  return interpretError(`json: cannot unmarshal ${jsonTypeOf(value[field])} into Go struct field .${field} of type string`);
}

const interpretError = (why: string) => `couldn't get version/kind; json parse error: ${why}`;

/** Reads JSON. Throws an Error for what is none. */
export function parseJsonBody(source: string): ParsedBody {
  const parsed = parseJson(source);
  return {
    value: parsed.value,
    get duplicates() {
      return parsed.duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
    },
  };
}

/**
 * Reads YAML into plain values. Aliases are limited, so that a small body cannot grow without bound. Throws an Error in the words of Go's parser
 * (`yaml: line 2: ...`) for bad YAML, and for more documents than one.
 */
export async function parseYaml(source: string): Promise<ParsedBody> {
  const [{ LineCounter, parseDocument }, words] = await Promise.all([import("yaml"), import("@wherry/client/yaml-words.ts")]);
  const lines = new LineCounter();
  const document = parseDocument(source, { ...MANIFEST_YAML, lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const repeated = document.errors.filter((error) => error.code === "DUPLICATE_KEY");
  const [broken] = document.errors.filter((error) => error.code !== "DUPLICATE_KEY");
  const wrong = words.yamlCharacterError(source) ?? (broken ? words.yamlSyntaxError(broken, source) : words.yamlReferenceError(document));
  if (wrong !== undefined) throw new SyntaxError(wrong);
  const duplicates = repeated.map(({ pos: [at] }) => {
    const key = /^[^:\s]*/.exec(source.slice(at))?.[0] ?? "";
    return `line ${lines.linePos(at).line}: key ${JSON.stringify(key.replace(/^["']|["']$/g, ""))} already set in map`;
  });
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), duplicates, yaml: true };
  } catch (error) {
    throw new SyntaxError(words.yamlValueError(error as Error));
  }
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

/** Source: apiserver `handlers.transformDecodeError`. */
function unrecognized(expected: string, source: string, why: string): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${expected}): ${why} (${summary(source)})`);
}

/** The beginning of what could not be read: as it is when it looks like JSON, else in hexadecimal. Source: apiserver `handlers.summarizeData`. */
function summary(source: string): string {
  if (source === "") return "<empty>";
  const bytes = Buffer.from(source);
  const more = bytes.length > 30 ? " ..." : "";
  return `${bytes.subarray(0, 30).toString(source.startsWith("{") ? "utf8" : "hex")}${more}`;
}
