import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";

const REVISION_KEY = Buffer.from('"resourceVersion":"');
const REVISION_END = Buffer.from('",');

/**
 * The bytes of one kind. An object is stored without its resourceVersion, which is not known before the write; what is served has it spliced
 * in as the first field of the metadata. So nothing is parsed or printed again between the write and the readers.
 */
export class Codec<O extends ApiObject = ApiObject> {
  readonly #head: Buffer;
  readonly #kind: KindDefinition<O>;

  constructor(kind: KindDefinition<O>) {
    this.#kind = kind;
    this.#head = Buffer.from(`{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(apiVersionOf(kind))},"metadata":{`);
  }

  /** The bytes to store. */
  encode(object: O): Buffer {
    const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
    const { resourceVersion: _revision, ...meta } = metadata;
    return Buffer.from(JSON.stringify({ kind: this.#kind.kind, apiVersion: apiVersionOf(this.#kind), metadata: meta, ...rest }));
  }

  /** The bytes to serve, from those stored. */
  serve(stored: Uint8Array, revision: number): Buffer {
    if (!this.#head.equals(stored.subarray(0, this.#head.length))) return this.#serveForeign(stored, revision);
    return this.#splice(stored.subarray(this.#head.length), revision);
  }

  /** Served bytes, with another revision. */
  withRevision(served: Buffer, revision: number): Buffer {
    const from = this.#head.length + REVISION_KEY.length;
    return this.#splice(served.subarray(served.indexOf('"', from) + REVISION_END.length), revision);
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

  #splice(rest: Uint8Array, revision: number): Buffer {
    return Buffer.concat([this.#head, REVISION_KEY, Buffer.from(String(revision)), REVISION_END, rest]);
  }

  #serveForeign(stored: Uint8Array, revision: number): Buffer {
    return this.serve(this.encode(this.decode(stored)), revision);
  }
}
