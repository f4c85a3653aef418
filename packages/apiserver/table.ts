import { badRequest } from "@wherry/base";
import { type ApiObject, apiVersionOf, invalid, type KindDefinition } from "@wherry/machinery";
import type { ShapeVersion } from "./negotiate.ts";
import { bookmarkObject, eventLine, type ListMeta, objectAs, partialMetadata, type Shape, versionView } from "./rest/shape.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** What a table shows of its objects beside their cells. Throws BadRequest for anything unknown. */
export function parseIncludeObject(text: string | null): IncludeObject {
  if (text === null || text === "") return "Metadata";
  if (text === "None" || text === "Metadata" || text === "Object") return text;
  const finding = invalid("includeObject", text, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${finding.field}: ${finding.message}`);
}

/** Objects as rows of a table. `now` in milliseconds: ages are rendered here. Source: apimachinery `metav1.Table`. */
export function tableShape(kind: KindDefinition, include: IncludeObject, now: () => number, version: ShapeVersion = "v1"): Shape {
  const apiVersion = `meta.k8s.io/${version}`;
  const columns = kind.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? "",
    description: description ?? "",
    priority: priority ?? 0,
  }));
  const row = (bytes: Buffer) => rowOf({ kind, include, apiVersion }, bytes, now());
  const frame = (meta: ListMeta | object, withColumns: boolean) => {
    const definitions = withColumns ? `"columnDefinitions":${JSON.stringify(columns)},` : '"columnDefinitions":null,';
    return Buffer.from(`{"kind":"Table","apiVersion":"${apiVersion}","metadata":${JSON.stringify(meta)},${definitions}"rows":[`);
  };
  const one = (bytes: Buffer, withColumns = true) =>
    Buffer.concat([frame({ resourceVersion: revisionOf(bytes) }, withColumns), row(bytes), END]);
  return {
    one,
    list: (meta) => ({ head: frame(meta, true), separator: COMMA, tail: TAIL }),
    item: row,
    event: {
      id: `table${version}${include} ${apiVersionOf(kind)}`,
      distinctFirst: true,
      frame: (type, bytes, first) => eventLine(type, one(bytes, first)),
      bookmark: (revision, initialEnd = false) => eventLine("BOOKMARK", bookmarkTable(kind, apiVersion, revision, initialEnd)),
    },
  };
}

const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
const TAIL = Buffer.from("]}\n");

interface RowForm {
  kind: KindDefinition;
  include: IncludeObject;
  apiVersion: string;
}

function rowOf({ kind, include, apiVersion }: RowForm, bytes: Buffer, now: number): Buffer {
  const object = objectAs(kind, bytes);
  const cells = JSON.stringify(kind.columns.map((column) => column.value(object, now)));
  if (include === "None") return Buffer.from(`{"cells":${cells},"object":null}`);
  if (include === "Object") return Buffer.concat([Buffer.from(`{"cells":${cells},"object":`), versionView(kind)(bytes), Buffer.from("}")]);
  return Buffer.from(`{"cells":${cells},"object":${JSON.stringify(partialMetadata(object, apiVersion))}}`);
}

/** A bookmark as a table: one row without cells, whose object tells the revision. */
function bookmarkTable(kind: KindDefinition, apiVersion: string, revision: number, initialEnd: boolean): Buffer {
  const object = bookmarkObject({ kind: kind.kind, apiVersion: apiVersionOf(kind) }, revision, initialEnd);
  const row = { cells: kind.columns.map(() => null), object };
  const metadata = { resourceVersion: String(revision) };
  return Buffer.from(JSON.stringify({ kind: "Table", apiVersion, metadata, columnDefinitions: null, rows: [row] }));
}

function revisionOf(bytes: Buffer): string {
  return (JSON.parse(bytes.toString("utf8")) as ApiObject).metadata.resourceVersion;
}
