import { type ApiObject, apiVersionOf, fromStored, type KindDefinition } from "@wherry/machinery";
import type { ShapeVersion } from "../negotiate.ts";
import type { EventFormat, EventType } from "../watch-cache/watch-group.ts";

/** Metadata of a list. */
export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** The form in which objects are shown: as they are, as table rows, or only their metadata. All of them join bytes; few parse. */
export interface Shape {
  /** One object. */
  one(bytes: Buffer): Buffer;
  /** The bytes before the first item, between two, and after the last. */
  list(meta: ListMeta): { head: Buffer; separator: Buffer; tail: Buffer };
  item(bytes: Buffer): Buffer;
  readonly event: EventFormat;
}

const COMMA = Buffer.from(",");
const LIST_END = Buffer.from("]}\n");

const plainShapes = new WeakMap<KindDefinition, Shape>();

/** Objects as they are, in the version of `kind`. */
export function plainShape(kind: KindDefinition): Shape {
  const shape = plainShapes.get(kind) ?? makePlainShape(kind);
  plainShapes.set(kind, shape);
  return shape;
}

function makePlainShape(kind: KindDefinition): Shape {
  const view = versionView(kind);
  const listType = `"kind":${JSON.stringify(`${kind.kind}List`)},"apiVersion":${JSON.stringify(apiVersionOf(kind))}`;
  return {
    one: view,
    list: (meta) => listFrame(listType, meta),
    item: view,
    event: eventFormat(`json ${apiVersionOf(kind)}`, { kind: kind.kind, apiVersion: apiVersionOf(kind) }, view),
  };
}

/** What turns the bytes of a stored object into those of `kind`: nothing for the stored version, which most resources have alone. */
export function versionView(kind: KindDefinition): (bytes: Buffer) => Buffer {
  const { storedAs } = kind;
  if (!storedAs) return (bytes) => bytes;
  const convert = (bytes: Buffer) => Buffer.from(JSON.stringify(objectAs(kind, bytes)));
  if (storedAs.fromStored) return convert;
  const [is, wanted] = [headOf(storedAs.kind), headOf(kind)];
  return (bytes) => (is.equals(bytes.subarray(0, is.length)) ? Buffer.concat([wanted, bytes.subarray(is.length)]) : convert(bytes));
}

/** The object of `kind` that stored bytes are. */
export function objectAs(kind: KindDefinition, bytes: Buffer): ApiObject {
  return fromStored(kind, JSON.parse(bytes.toString("utf8")) as ApiObject);
}

const headOf = (kind: KindDefinition) =>
  Buffer.from(`{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(apiVersionOf(kind))},`);

/** Only the metadata of objects. Source: apimachinery `metav1.PartialObjectMetadata`. */
export function metadataShape(kind: KindDefinition, version: ShapeVersion = "v1"): Shape {
  const apiVersion = `meta.k8s.io/${version}`;
  const one = (bytes: Buffer) => Buffer.from(JSON.stringify(partialMetadata(objectAs(kind, bytes), apiVersion)));
  return {
    one,
    list: (meta) => listFrame(`"kind":"PartialObjectMetadataList","apiVersion":"${apiVersion}"`, meta),
    item: one,
    event: eventFormat(`metadata${version} ${apiVersionOf(kind)}`, { kind: "PartialObjectMetadata", apiVersion }, one),
  };
}

/** The metadata of an object, as an object of its own. */
export function partialMetadata(object: { metadata: object }, apiVersion: string): object {
  return { kind: "PartialObjectMetadata", apiVersion, metadata: object.metadata };
}

export function listFrame(type: string, meta: ListMeta) {
  return { head: Buffer.from(`{${type},"metadata":${JSON.stringify(meta)},"items":[`), separator: COMMA, tail: LIST_END };
}

/** A watch whose events carry objects in some form. `type` is what a bookmark says it is. */
export function eventFormat(id: string, type: { kind: string; apiVersion: string }, render: (bytes: Buffer) => Buffer): EventFormat {
  return {
    id,
    distinctFirst: false,
    frame: (event, bytes) => eventLine(event, render(bytes)),
    bookmark: (revision, initialEnd = false) =>
      eventLine("BOOKMARK", Buffer.from(JSON.stringify(bookmarkObject(type, revision, initialEnd)))),
  };
}

/** An object that says nothing but how far a watch has come. */
export function bookmarkObject(type: { kind: string; apiVersion: string }, revision: number, initialEnd: boolean): object {
  const annotations = initialEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  return { ...type, metadata: { resourceVersion: String(revision), creationTimestamp: null, ...annotations } };
}

/** One line of a watch. */
export function eventLine(type: EventType, object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, LINE_END]);
}

const LINE_END = Buffer.from("}\n");
