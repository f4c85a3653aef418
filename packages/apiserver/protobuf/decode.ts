import { type FieldFact, fieldsOf } from "./messages.ts";
import { type WireField, wireFields } from "./wire.ts";

const MAGIC = Buffer.from("k8s\0");
const MAX_DEPTH = 100;
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const UNKNOWN = { typeMeta: 1, raw: 2 };

type Data = Record<string, unknown>;

/**
 * Reads an object that a Go client sent as protobuf into what its JSON would say. Throws an Error on what cannot be read. Source: apimachinery
 * `runtime/serializer/protobuf`.
 */
export function decodeProtobuf(body: Uint8Array): Data {
  if (!MAGIC.equals(body.subarray(0, MAGIC.length)))
    throw new Error("provided data does not appear to be a protobuf message, expected prefix k8s");
  const envelope = [...wireFields(body.subarray(MAGIC.length))];
  const [apiVersion, kind] = typeOf(envelope);
  const message = messageName(apiVersion, kind);
  if (!message) throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const raw = bytesOf(envelope, UNKNOWN.raw);
  return { apiVersion, kind, ...(decodeMessage(message, raw, 0) as Data) };
}

function typeOf(envelope: readonly WireField[]): [string, string] {
  const typeMeta = [...wireFields(bytesOf(envelope, UNKNOWN.typeMeta))];
  return [textOf(typeMeta, 1), textOf(typeMeta, 2)];
}

/** `apps/v1 Deployment` is `io.k8s.api.apps.v1.Deployment`; options are of the meta group, whatever version they claim. */
function messageName(apiVersion: string, kind: string): string | undefined {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  const names = [`io.k8s.api.${group.split(".")[0]}.${version}.${kind}`, `${META}.${kind}`];
  return names.find((name) => fieldsOf(name));
}

function decodeMessage(message: string, bytes: Uint8Array, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Error(`exceeded max depth: a message may be nested at most ${MAX_DEPTH} levels deep`);
  const special = SPECIAL[message];
  if (special) return special([...wireFields(bytes)]);
  const fields = fieldsOf(message);
  if (!fields) throw new Error(`the message ${message} is not known`);
  const result: Data = {};
  for (const { number, value } of wireFields(bytes)) {
    const fact = fields.get(number);
    // What a newer client knows and this server does not, is dropped.
    if (fact) setField(result, fact, value, depth);
  }
  return message.endsWith(".ExtraValue") ? (result.items ?? []) : result;
}

function setField(result: Data, fact: FieldFact, value: WireField["value"], depth: number): void {
  const { name } = fact;
  if (fact.map) {
    result[name] ??= {};
    setEntry(result[name] as Data, fact, [...wireFields(asBytes(value))], depth);
  } else if (fact.repeated) {
    result[name] ??= [];
    (result[name] as unknown[]).push(scalarOrMessage(fact, value, depth));
  } else {
    const decoded = scalarOrMessage(fact, value, depth);
    if (fact.inlined) Object.assign(result, decoded);
    else if (decoded !== undefined && !(fact.required && isZero(decoded))) result[name] = decoded;
  }
}

function setEntry(map: Data, fact: FieldFact, entry: readonly WireField[], depth: number): void {
  const key = textOf(entry, 1);
  if (key === "__proto__") throw new Error('the key "__proto__" is not allowed');
  map[key] = scalarOrMessage(fact, find(entry, 2) ?? zeroOf(fact), depth);
}

const zeroOf = ({ type }: FieldFact): WireField["value"] => (type === "i" || type === "b" ? 0n : new Uint8Array());
const isZero = (value: unknown) => value === "" || value === 0 || value === false;

function scalarOrMessage({ type, message }: FieldFact, value: WireField["value"], depth: number): unknown {
  if (type === "m") return decodeMessage(message as string, asBytes(value), depth + 1);
  if (type === "s") return Buffer.from(asBytes(value)).toString("utf8");
  if (type === "y") return Buffer.from(asBytes(value)).toString("base64");
  if (type === "d") return Buffer.from(asBytes(value)).readDoubleLE(0);
  if (typeof value !== "bigint") throw new Error("proto: wrong wireType for a number");
  return type === "b" ? value !== 0n : Number(value);
}

function asBytes(value: WireField["value"]): Uint8Array {
  if (typeof value === "bigint") throw new Error("proto: wrong wireType for a message or text");
  return value;
}

const find = (fields: readonly WireField[], number: number) => fields.findLast((f) => f.number === number)?.value;
const textOf = (fields: readonly WireField[], number: number) => Buffer.from(bytesOf(fields, number)).toString("utf8");
const intOf = (fields: readonly WireField[], number: number) => Number((find(fields, number) as bigint | undefined) ?? 0n);
const bytesOf = (fields: readonly WireField[], number: number) => asBytes(find(fields, number) ?? new Uint8Array());

/** Messages whose JSON is not an object of their fields. */
const SPECIAL: Readonly<Record<string, (fields: WireField[]) => unknown>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": (fields) => textOf(fields, 1),
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (fields) => (intOf(fields, 1) === 0 ? intOf(fields, 2) : textOf(fields, 3)),
  "io.k8s.apimachinery.pkg.runtime.RawExtension": rawJson,
  [`${META}.FieldsV1`]: rawJson,
  [`${META}.Time`]: (fields) => time(fields, false),
  [`${META}.MicroTime`]: (fields) => time(fields, true),
};

function rawJson(fields: readonly WireField[]): unknown {
  const text = textOf(fields, 1);
  return text ? JSON.parse(text) : undefined;
}

/** The zero time of Go, and none at all, are null in JSON. */
function time(fields: readonly WireField[], micro: boolean): string | undefined {
  const seconds = intOf(fields, 1);
  if (fields.length === 0 || seconds === -62135596800) return undefined;
  const head = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${head}.${String(Math.floor(intOf(fields, 2) / 1000)).padStart(6, "0")}Z` : `${head}Z`;
}
