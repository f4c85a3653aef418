import { inflateRawSync } from "node:zlib";
import { type WireField, wireFields } from "../wire.ts";

export interface MessageFacts {
  name: string;
  fields: { number: number; name: string; type: string; flags: string; message?: string | undefined }[];
}

const MAGIC = Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]);
const GZIP_HEADER = 10;
// Source: google/protobuf/descriptor.proto, FieldDescriptorProto.Type.
const TYPES: Readonly<Record<number, string>> = { 1: "d", 3: "i", 4: "i", 5: "i", 8: "b", 9: "s", 11: "m", 12: "y", 13: "i" };
// Source: gogo.proto, extensions of FieldOptions.
const NULLABLE = 65001;

/** The descriptors of Kubernetes' `generated.proto` files inside a Go binary. */
export function* descriptorFiles(binary: Buffer): Generator<{ package: string; messages: MessageFacts[] }> {
  for (let at = binary.indexOf(MAGIC); at >= 0; at = binary.indexOf(MAGIC, at + 1)) {
    const bytes = unzip(binary.subarray(at, at + (1 << 20)));
    if (!bytes?.subarray(0, 100).includes("/generated.proto")) continue;
    const fields = [...wireFields(bytes)];
    yield { package: jsonName(text(fields, 2)), messages: nested(fields, 4).map(messageFacts) };
  }
}

function unzip(bytes: Buffer): Buffer | undefined {
  try {
    // Not gunzip: it would go on with the next stream in the binary.
    return inflateRawSync(bytes.subarray(GZIP_HEADER), { finishFlush: 2 });
  } catch {
    return undefined;
  }
}

function messageFacts(fields: WireField[]): MessageFacts {
  const entries = new Map(nested(fields, 3).map((entry) => [text(entry, 1), entry]));
  return { name: text(fields, 1), fields: nested(fields, 2).map((field) => fieldFacts(field, entries)) };
}

function fieldFacts(field: WireField[], entries: Map<string, WireField[]>): MessageFacts["fields"][number] {
  const typeName = text(field, 6);
  const entry = entries.get(typeName.slice(typeName.lastIndexOf(".") + 1));
  const value = entry ? (nested(entry, 2).find((f) => number(f, 3) === 2) as WireField[]) : field;
  const options = nested(field, 8)[0] ?? [];
  const flags = [
    entry ? "%" : number(field, 4) === 3 ? "*" : "",
    options.some((o) => o.number === NULLABLE && o.value === 0n) ? "!" : "",
  ].join("");
  const type = TYPES[number(value, 5)];
  if (!type) throw new Error(`${text(field, 1)}: a type that no Kubernetes message had so far: ${number(value, 5)}`);
  return { number: number(field, 3), name: text(field, 1), type, flags, message: type === "m" ? jsonName(text(value, 6)) : undefined };
}

/** `.k8s.io.api.core.v1.Pod` as the schemas have it: `io.k8s.api.core.v1.Pod`. */
const jsonName = (name: string) => name.replace(/^\.?k8s\.io\./, "io.k8s.");
const of = (fields: WireField[], wanted: number) => fields.filter((f) => f.number === wanted).map((f) => f.value);
const text = (fields: WireField[], wanted: number) =>
  Buffer.from((of(fields, wanted)[0] ?? new Uint8Array()) as Uint8Array).toString("utf8");
const number = (fields: WireField[], wanted: number) => Number(of(fields, wanted)[0] ?? 0);
const nested = (fields: WireField[], wanted: number) => of(fields, wanted).map((value) => [...wireFields(value as Uint8Array)]);
