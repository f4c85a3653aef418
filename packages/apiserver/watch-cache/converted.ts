import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";
import { Codec } from "./codec.ts";
import { Item, type KindBytes } from "./item.ts";

/** What is sent for conversion at once. */
const BATCH_ITEMS = 500;
const BATCH_BYTES = 2 << 20;

type Converted = Item | Promise<Item>;

/** A version of a resource that somebody outside converts, with its conversion. */
type ConvertedKind = KindDefinition & Required<Pick<KindDefinition, "conversion">>;

/**
 * The objects of a resource as one version shows them, where somebody outside converts. Each object is converted once at most, when it is first asked for, and forgotten with
 * the cache's copy of it.
 */
export class ConvertedItems {
  readonly #kind: ConvertedKind;
  readonly #of: KindBytes;
  readonly #known = new WeakMap<Item, Converted>();

  constructor(kind: ConvertedKind) {
    this.#kind = kind;
    this.#of = { kind, versions: [kind], codec: new Codec(kind) };
  }

  /** In the order of `items`. Rejects with a StatusError when one of them can't be converted. */
  async all(items: readonly Item[]): Promise<Item[]> {
    const missing = items.filter((item) => !this.#known.has(item));
    for (const batch of batches(missing)) this.#convert(batch);
    return Promise.all(items.map((item) => this.#known.get(item) as Converted));
  }

  async one(item: Item): Promise<Item> {
    return (await this.all([item]))[0] as Item;
  }

  #convert(items: readonly Item[]): void {
    const converted = convertTo(
      this.#kind,
      items.map((item) => item.object()),
    );
    for (const [i, item] of items.entries()) {
      const one = converted.then((objects) => this.#itemOf(item, objects[i] as ApiObject));
      this.#known.set(item, one);
      // It is asked for again the next time.
      one.then(
        (done) => this.#known.set(item, done),
        () => this.#known.delete(item),
      );
    }
  }

  #itemOf(item: Item, object: ApiObject): Item {
    const { key, revision, createRevision } = item;
    return new Item(this.#of, { key, revision, createRevision, value: this.#of.codec.encode(object) });
  }
}

const all = new WeakMap<KindDefinition, ConvertedItems>();

/** The converted objects of a kind; undefined where nobody outside is needed. */
export function convertedItems(kind: KindDefinition): ConvertedItems | undefined {
  if (!kind.conversion) return undefined;
  const items = all.get(kind) ?? new ConvertedItems(kind as ConvertedKind);
  all.set(kind, items);
  return items;
}

/** Stored or served bytes, as they are served in the version of `kind`. */
export async function bytesAs(kind: KindDefinition, bytes: Buffer): Promise<Buffer> {
  const { conversion } = kind;
  if (!conversion) return bytes;
  const codec = new Codec(kind, conversion.versions);
  if (codec.versionOf(bytes) === apiVersionOf(kind)) return bytes;
  const [object] = await convertTo(kind as ConvertedKind, [codec.decode(bytes)]);
  return codec.serve(codec.encode(object as ApiObject), Number(object?.metadata.resourceVersion));
}

/** An object in the version that the resource is stored in. May give `object` itself. */
export async function objectToStore(kind: KindDefinition, object: ApiObject): Promise<ApiObject> {
  const { conversion } = kind;
  if (!conversion) return object;
  const apiVersion = apiVersionOf(conversion.stored);
  if (apiVersion === apiVersionOf(kind)) return object;
  const [stored] = await conversion.convert([{ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind }], apiVersion);
  return stored as ApiObject;
}

/** Objects of any versions in that of `kind`, under its schema: what does not fit goes, what has a default is there. */
async function convertTo(kind: ConvertedKind, objects: readonly ApiObject[]): Promise<ApiObject[]> {
  const apiVersion = apiVersionOf(kind);
  const result = [...objects];
  const others = [...objects.keys()].filter((i) => objects[i]?.apiVersion !== apiVersion);
  if (others.length > 0) {
    const converted = await kind.conversion.convert(
      others.map((i) => objects[i] as ApiObject),
      apiVersion,
    );
    for (const [n, i] of others.entries()) result[i] = converted[n] as ApiObject;
  }
  return result.map((object) => kind.refresh?.(object) ?? object);
}

function* batches(items: readonly Item[]): Generator<Item[]> {
  let batch: Item[] = [];
  let size = 0;
  for (const item of items) {
    if (batch.length > 0 && (batch.length === BATCH_ITEMS || size + item.bytes.length > BATCH_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(item);
    size += item.bytes.length;
  }
  if (batch.length > 0) yield batch;
}
