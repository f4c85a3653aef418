import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderCustomColumns } from "./custom-columns.ts";
import { itemsOf, parseOutput, printObject, sortKeys } from "./format.ts";
import { headerCells, rowCells, type ServerTable } from "./server-table.ts";
import { textTable } from "./text-table.ts";

describe("-o", () => {
  it("knows every format, and names them all when it is given another", () => {
    expect(parseOutput(undefined)).toEqual({ type: "table", wide: false });
    expect(parseOutput("wide")).toEqual({ type: "table", wide: true });
    expect(parseOutput("jsonpath={.a}")).toEqual({ type: "jsonpath", template: "{.a}", asJson: false, strict: false });
    expect(parseOutput("custom-columns=A:.a")).toEqual({ type: "custom-columns", spec: "A:.a", headers: true });
    expect(() => parseOutput("xml")).toThrow('unable to match a printer suitable for the output format "xml"');
    expect(() => parseOutput("jsonpath=")).toThrow("template format specified but no template given");
  });

  it("prints keys in order, and times and words that YAML 1.1 would misread as text", async () => {
    const object = { kind: "ConfigMap", apiVersion: "v1", data: { on: "yes", at: "2026-01-01T00:00:00Z" } };
    const yaml = await printObject(object, { type: "yaml", managedFields: true }, () => "");
    expect(yaml.split("\n")[0]).toBe("apiVersion: v1");
    expect(parse(yaml, { version: "1.1" })).toEqual(object);
    expect(await printObject(object, { type: "name" }, () => "configmap/a")).toBe("configmap/a\n");
    expect(Object.keys(sortKeys(object) as object)).toEqual(["apiVersion", "data", "kind"]);
  });

  it("takes a List apart", () => {
    expect(itemsOf({ items: [{ a: 1 }, { a: 2 }] })).toHaveLength(2);
    expect(itemsOf({ a: 1 })).toEqual([{ a: 1 }]);
  });
});

describe("tables", () => {
  it("line up, the last column as it is", () => {
    expect(
      textTable([
        ["NAME", "AGE"],
        ["a-long-name", "1s"],
        ["b", ""],
      ]),
    ).toBe("NAME          AGE\na-long-name   1s\nb             \n");
  });

  it("show custom columns, with <none> for what is not there", () => {
    const items = [{ metadata: { name: "a" }, spec: { images: ["x", "y"] } }, { metadata: { name: "b" } }];
    expect(renderCustomColumns("NAME:.metadata.name,IMAGES:.spec.images[*]", items)).toBe("NAME   IMAGES\na      x,y\nb      <none>\n");
    expect(() => renderCustomColumns("NAME", items)).toThrow("expected <header>:<json-path-expr>");
  });

  const table: ServerTable = {
    columnDefinitions: [
      { name: "Name", type: "string", priority: 0 },
      { name: "Node", type: "string", priority: 1 },
    ],
    rows: [
      { cells: ["a", null], object: { metadata: { name: "a", namespace: "ns", labels: { "app.kubernetes.io/name": "web", b: "c" } } } },
    ],
    metadata: {},
  };

  it("of the server show wide columns, namespaces and labels when asked", () => {
    expect(rowCells(table, { wide: false, withNamespace: false })).toEqual([["a"]]);
    const all = { wide: true, withNamespace: true, prefix: "pod/", labelColumns: ["app.kubernetes.io/name"], showLabels: true };
    expect(headerCells(table, all)).toEqual(["NAMESPACE", "NAME", "NODE", "NAME", "LABELS"]);
    expect(rowCells(table, all)).toEqual([["ns", "pod/a", "<none>", "web", "app.kubernetes.io/name=web,b=c"]]);
  });
});
