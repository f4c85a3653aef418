import { StatusError } from "@wherry/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { negotiate } from "./negotiate.ts";

const TABLE = "application/json;as=Table;g=meta.k8s.io";

describe("an Accept header", () => {
  it.each<[string, object]>([
    ["", { encoding: "json" }],
    ["*/*", { encoding: "json" }],
    ["text/html, application/*;q=0.5", { encoding: "json" }],
    ["application/vnd.kubernetes.protobuf,application/json", { encoding: "json" }],
    ["application/yaml", { encoding: "yaml" }],
    ["APPLICATION/JSON;charset=utf-8", { encoding: "json" }],
    ["application/yaml;q=0.1, application/json;q=0.9", { encoding: "json" }],
    ["application/yaml;q=0, */*", { encoding: "json" }],
    ["application/yaml;q=x", { encoding: "yaml" }],
    ["application/json;pretty=1", { encoding: "json", pretty: true }],
    ["application/json;stream=watch", { encoding: "json" }],
    [`${TABLE};v=v1`, { encoding: "json", as: "Table", version: "v1" }],
    [`${TABLE};v=v1beta1,application/json`, { encoding: "json", as: "Table", version: "v1beta1" }],
    [`${TABLE};v=v2, application/json`, { encoding: "json" }],
    ["application/yaml;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", { encoding: "yaml", as: "PartialObjectMetadata", version: "v1" }],
  ])("%j gives %j", (accept, form) => expect(negotiate(accept, true)).toEqual(form));

  it.each([
    "text/html",
    "application/json;q=0",
    `${TABLE};v=v9`,
    "application/json;as=Table",
    "application/json;v=v1",
    "application/json;stream=other",
    "application/vnd.kubernetes.protobuf",
  ])("%j is refused", (accept) => {
    expect(() => negotiate(accept, true)).toThrow("only the following media types are accepted: application/json, application/yaml");
  });

  it("offers no shapes where there are none", () => {
    expect(negotiate(`${TABLE};v=v1,application/json`, false)).toEqual({ encoding: "json" });
  });

  it("never fails but with a Status", () => {
    fc.assert(
      fc.property(fc.string(), (accept) => {
        try {
          negotiate(accept, true);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      }),
    );
  });
});
