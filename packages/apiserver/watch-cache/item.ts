import { type ApiObject, fromStored, type KindDefinition } from "@wherry/machinery";
import type { Codec } from "./codec.ts";

/** What selectors look at. */
export interface Attributes {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

/** How objects of one resource are named, read and written. */
export interface KindBytes<O extends ApiObject = ApiObject> {
  /** The stored one. */
  readonly kind: KindDefinition<O>;
  /** All served versions of it, itself among them. Their selectable fields of one name mean one thing. */
  readonly versions: readonly KindDefinition[];
  readonly codec: Codec<O>;
}

/** One object at one revision, beside its bytes as they are served. Never changes. */
export class Item {
  readonly key: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly bytes: Buffer;
  readonly #of: KindBytes;
  #attributes: Attributes | undefined;

  constructor(of: KindBytes, entry: { key: string; value: Uint8Array; revision: number; createRevision: number }) {
    this.#of = of;
    this.key = entry.key;
    this.revision = entry.revision;
    this.createRevision = entry.createRevision;
    this.bytes = exactly(of.codec.serve(entry.value, entry.revision));
  }

  /** A private copy. */
  object(): ApiObject {
    return this.#of.codec.decode(this.bytes);
  }

  /** Taken from the bytes when first asked for, then kept. */
  get attributes(): Attributes {
    this.#attributes ??= attributesOf(this.#of.versions, this.object());
    return this.#attributes;
  }

  /** The bytes of this object as a DELETED event at `revision` shows them. */
  bytesAt(revision: number): Buffer {
    return this.#of.codec.withRevision(this.bytes, revision);
  }
}

/** Node makes small buffers as parts of one of 8 KiB, which stays for as long as one of its parts does: what is kept for long is better on its own. */
function exactly(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

/** What the selectors of these versions see of a stored object. */
export function attributesOf(versions: readonly KindDefinition[], stored: ApiObject): Attributes {
  const { name, namespace = "", labels } = stored.metadata;
  const fields: Record<string, string> = {};
  for (const kind of versions) {
    if (!kind.selectableFields) continue;
    const object = fromStored(kind, stored);
    for (const [field, read] of Object.entries(kind.selectableFields)) fields[field] ??= read(object);
  }
  return { name, namespace, labels, fields };
}
