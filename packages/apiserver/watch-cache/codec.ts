import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";

const REVISION_KEY = Buffer.from('"resourceVersion":"');
const REVISION_END = Buffer.from('",');

/**
 * The bytes of one kind. An object is stored without its resourceVersion, which is not known before the write; what is served has it spliced
 * in as the first field of the metadata. So nothing is parsed or printed again between the write and the readers.
 */
export class Codec<O extends ApiObject = ApiObject> {
  /** How the bytes of each version begin; those of the kind itself come first. */
  readonly #heads: readonly (readonly [apiVersion: string, head: Buffer])[];
  readonly #kind: string;

  /** @param versions more `apiVersion`s that objects are left in; all others become the kind's own */
  constructor(kind: Pick<KindDefinition<O>, "group" | "version" | "kind">, versions: readonly string[] = []) {
    this.#kind = kind.kind;
    this.#heads = [...new Set([apiVersionOf(kind), ...versions])].map((version) => [version, headOf(kind.kind, version)] as const);
  }

  /** The bytes to store. */
  encode(object: O): Buffer {
    const { kind: _kind, apiVersion, metadata, ...rest } = object;
    const { resourceVersion: _revision, ...meta } = metadata;
    const [version] = this.#heads.find(([known]) => known === apiVersion) ?? this.#own;
    return Buffer.from(JSON.stringify({ kind: this.#kind, apiVersion: version, metadata: meta, ...rest }));
  }

  /** The bytes to serve, from those stored. */
  serve(stored: Uint8Array, revision: number): Buffer {
    const head = this.#headOf(stored);
    return head ? splice(head, stored.subarray(head.length), revision) : this.#serveForeign(stored, revision);
  }

  /** Served bytes, with another revision. */
  withRevision(served: Buffer, revision: number): Buffer {
    const head = this.#headOf(served) ?? this.#own[1];
    const from = head.length + REVISION_KEY.length;
    return splice(head, served.subarray(served.indexOf('"', from) + REVISION_END.length), revision);
  }

  /** The version that served or stored bytes of this codec are of. */
  versionOf(bytes: Uint8Array): string {
    return (this.#heads.find(([, head]) => startsWith(bytes, head)) ?? this.#own)[0];
  }

  /** A private object, from served bytes. */
  decode(served: Uint8Array): O {
    return JSON.parse(Buffer.from(served.buffer, served.byteOffset, served.byteLength).toString("utf8")) as O;
  }

  /** A private object, from stored bytes. */
  decodeStored(stored: Uint8Array, revision: number): O {
    const object = this.decode(stored);
    object.metadata.resourceVersion = String(revision);
    return object;
  }

  get #own() {
    return this.#heads[0] as readonly [string, Buffer];
  }

  #headOf(bytes: Uint8Array): Buffer | undefined {
    for (const [, head] of this.#heads) if (startsWith(bytes, head)) return head;
    return undefined;
  }

  #serveForeign(stored: Uint8Array, revision: number): Buffer {
    return this.serve(this.encode(this.decode(stored)), revision);
  }
}

const headOf = (kind: string, apiVersion: string) =>
  Buffer.from(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":{`);
const startsWith = (bytes: Uint8Array, head: Buffer) => head.equals(bytes.subarray(0, head.length));
const splice = (head: Buffer, rest: Uint8Array, revision: number) =>
  Buffer.concat([head, REVISION_KEY, Buffer.from(String(revision)), REVISION_END, rest]);
