import { badRequest } from "@wherry/base";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import { parseJson } from "@wherry/machinery";
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
 * Reads a body that holds an object. Throws UnsupportedMediaType, or BadRequest in the words of upstream's decoder when it cannot be read.
 * @param expected the kind that should be in it
 */
export async function parseBody(request: ApiRequest, expected: string): Promise<ParsedBody> {
  const type = mediaType(request);
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  if (type === PROTOBUF) return parseProtobuf(request.body);
  const source = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength).toString("utf8");
  try {
    return type === "application/json" ? parseJsonBody(source) : await parseYaml(source);
  } catch (error) {
    throw unrecognized(expected, source, type, error);
  }
}

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

/** Reads YAML into plain values. Aliases are limited, so that a small body cannot grow without bound. Throws on bad YAML. */
export async function parseYaml(source: string): Promise<ParsedBody> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(source, { ...MANIFEST_YAML, lineCounter: lines, uniqueKeys: true });
  const repeated = document.errors.filter((error) => error.code === "DUPLICATE_KEY");
  const [broken] = document.errors.filter((error) => error.code !== "DUPLICATE_KEY");
  if (broken) throw broken;
  const duplicates = repeated.map(({ pos: [at] }) => {
    const key = /^[^:\s]*/.exec(source.slice(at))?.[0] ?? "";
    return `line ${lines.linePos(at).line}: key ${JSON.stringify(key.replace(/^["']|["']$/g, ""))} already set in map`;
  });
  return { value: document.toJS({ maxAliasCount: 100 }), duplicates, yaml: true };
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
    `the object provided is unrecognized (must be of type ${expected}): couldn't get version/kind; ${language} parse error: ${why} (${summary(source)})`,
  );
}

/** The beginning of what could not be read: as it is when it looks like JSON, else in hexadecimal. Source: apiserver `handlers.summarizeData`. */
function summary(source: string): string {
  if (source === "") return "<empty>";
  const bytes = Buffer.from(source);
  const more = bytes.length > 30 ? " ..." : "";
  return `${bytes.subarray(0, 30).toString(source.startsWith("{") ? "utf8" : "hex")}${more}`;
}
