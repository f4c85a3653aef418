import document from "./generated/messages.json" with { type: "json" };

/** One field of a message. */
export interface FieldFact {
  name: string;
  /** s string, y bytes, b bool, i integer, d double, m message. */
  type: string;
  repeated: boolean;
  map: boolean;
  /** Its zero value stands for "not there". */
  required: boolean;
  /** JSON has its fields in the owner. */
  inlined: boolean;
  message: string | undefined;
}

const texts = document as Readonly<Record<string, readonly string[]>>;
const parsed = new Map<string, Map<number, FieldFact>>();

/** The fields of a message by their numbers; undefined when there is no such message. */
export function fieldsOf(message: string): Map<number, FieldFact> | undefined {
  if (!Object.hasOwn(texts, message)) return undefined;
  let fields = parsed.get(message);
  if (!fields) {
    fields = new Map((texts[message] as readonly string[]).map(parseField));
    parsed.set(message, fields);
  }
  return fields;
}

function parseField(text: string): [number, FieldFact] {
  const [number, name, kind, message] = text.split(" ") as [string, string, string, string | undefined];
  const has = (flag: string) => kind.includes(flag, 1);
  return [
    Number(number),
    { name, type: kind.charAt(0), repeated: has("*"), map: has("%"), required: has("!"), inlined: has("^"), message },
  ];
}
