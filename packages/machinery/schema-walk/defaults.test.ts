import { describe, expect, it } from "vitest";
import type { Definitions } from "../schema.ts";
import { schemaDefaults } from "./defaults.ts";
import { validateSchema } from "./validation.ts";

const definitions: Definitions = {
  Top: {
    type: "object",
    required: ["name", "mode"],
    properties: {
      name: { type: "string" },
      mode: { type: "string", enum: ["a", "b"] },
      ports: { type: "array", items: { ref: "Port" } },
      map: { type: "object", additionalProperties: { ref: "Port" } },
      options: { ref: "Options", default: {} },
    },
  },
  Port: { type: "object", required: ["port"], properties: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" } } },
  Options: { type: "object", properties: { level: { type: "integer", default: 0 }, tags: { type: "array", default: ["x"] } } },
};

describe("schemaDefaults", () => {
  it("fills what is absent, at every depth that is there", () => {
    const value = { ports: [{ port: 1 }, { port: 2, protocol: "UDP" }], map: { a: {} } };
    expect(schemaDefaults(definitions, "Top", value)).toEqual({
      ports: [
        { port: 1, protocol: "TCP" },
        { port: 2, protocol: "UDP" },
      ],
      map: { a: { protocol: "TCP" } },
      options: { level: 0, tags: ["x"] },
    });
  });

  it("shares nothing with the schema, and changes nothing the second time", () => {
    const first = schemaDefaults(definitions, "Top", {}) as { options: { tags: string[] } };
    first.options.tags.push("y");
    expect(schemaDefaults(definitions, "Top", {})).toEqual({ options: { level: 0, tags: ["x"] } });
    expect(schemaDefaults(definitions, "Top", structuredClone(first))).toEqual(first);
  });
});

describe("validateSchema", () => {
  it("names what is missing and what is not allowed", () => {
    const errors = validateSchema(definitions, "Top", { name: null, mode: "c", ports: [{}], map: { k: { port: 1 } } });
    expect(errors.map((e) => `${e.field}: ${e.message}`)).toEqual([
      "name: Required value",
      'mode: Unsupported value: "c": supported values: "a", "b"',
      "ports[0].port: Required value",
    ]);
  });
});
