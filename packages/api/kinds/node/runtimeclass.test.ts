import { expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { RuntimeClass } from "./runtimeclass.ts";

it("names a handler for good", () => {
  const object = created(RuntimeClass, { handler: "fast", overhead: { podFixed: { cpu: "1000m" } } });
  expect(object.overhead?.podFixed).toEqual({ cpu: "1" });
  expect(cells(RuntimeClass, object)).toEqual({ Name: "x", Handler: "fast", Age: "<unknown>" });
  expect(
    updated(RuntimeClass, object, (o) => {
      o.handler = "slow";
    }).errors,
  ).toEqual(['handler: Invalid value: "slow": field is immutable']);
});

it.each<[string, object]>([
  ['handler: Invalid value: "": a lowercase RFC 1123 label must consist', { handler: "" }],
  ['overhead.podFixed[odd]: Invalid value: "odd": must be a standard resource for containers', { overhead: { podFixed: { odd: "1" } } }],
  [
    'scheduling.tolerations[1]: Duplicate value: {"operator":"Exists"}',
    { scheduling: { tolerations: [{ operator: "Exists" }, { operator: "Exists" }] } },
  ],
])("is refused: %s", (message, fields) => {
  expect(findings(RuntimeClass, { handler: "fast", ...fields }).join("\n")).toContain(message);
});
