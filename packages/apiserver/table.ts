import { badRequest } from "@wherry/base";
import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";
import { bookmarkObject, eventLine, type ListMeta, objectAs, partialMetadata, type Shape, versionView } from "./rest/shape.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** What a table shows of its objects beside their cells. Throws BadRequest for anything unknown. */
export function parseIncludeObject(text: string | null): IncludeObject {
  if (text === null || text === "") return "Metadata";
  if (text === "None" || text === "Metadata" || text === "Object") return text;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(text)}`);
}

const TABLE = { kind: "Table", apiVersion: "meta.k8s.io/v1" };

/** Objects as rows of a table. `now` in milliseconds: ages are rendered here. Source: apimachinery `metav1.Table`. */
export function tableShape(kind: KindDefinition, include: IncludeObject, now: () => number): Shape {
  const columns = kind.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type: type === "date" ? "string" : type,
    format: format ?? "",
    description: description ?? "",
    priority: priority ?? 0,
  }));
  const row = (bytes: Buffer) => rowOf(kind, include, bytes, now());
  const frame = (meta: ListMeta | object, withColumns: boolean) => {
    const definitions = withColumns ? `"columnDefinitions":${JSON.stringify(columns)},` : '"columnDefinitions":null,';
    return Buffer.from(`{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(meta)},${definitions}"rows":[`);
  };
  const one = (bytes: Buffer, withColumns = true) =>
    Buffer.concat([frame({ resourceVersion: revisionOf(bytes) }, withColumns), row(bytes), END]);
  return {
    contentType: "application/json;as=Table;g=meta.k8s.io;v=v1",
    one,
    list: (meta) => ({ head: frame(meta, true), separator: COMMA, tail: TAIL }),
    item: row,
    event: {
      id: `table${include} ${apiVersionOf(kind)}`,
      distinctFirst: true,
      frame: (type, bytes, first) => eventLine(type, one(bytes, first)),
      bookmark: (revision, initialEnd = false) => eventLine("BOOKMARK", bookmarkTable(kind, revision, initialEnd)),
    },
  };
}

const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
const TAIL = Buffer.from("]}\n");

function rowOf(kind: KindDefinition, include: IncludeObject, bytes: Buffer, now: number): Buffer {
  const object = objectAs(kind, bytes);
  const cells = JSON.stringify(kind.columns.map((column) => column.value(object, now)));
  if (include === "None") return Buffer.from(`{"cells":${cells}}`);
  if (include === "Object") return Buffer.concat([Buffer.from(`{"cells":${cells},"object":`), versionView(kind)(bytes), Buffer.from("}")]);
  return Buffer.from(`{"cells":${cells},"object":${JSON.stringify(partialMetadata(object))}}`);
}

/** A bookmark as a table: one row without cells, whose object tells the revision. */
function bookmarkTable(kind: KindDefinition, revision: number, initialEnd: boolean): Buffer {
  const object = bookmarkObject({ kind: kind.kind, apiVersion: TABLE.apiVersion }, revision, initialEnd);
  return Buffer.from(
    JSON.stringify({
      ...TABLE,
      metadata: { resourceVersion: String(revision) },
      columnDefinitions: null,
      rows: [{ cells: kind.columns.map(() => null), object }],
    }),
  );
}

function revisionOf(bytes: Buffer): string {
  return (JSON.parse(bytes.toString("utf8")) as ApiObject).metadata.resourceVersion;
}
