import { ConfigMap } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { Codec } from "./codec.ts";

const codec = new Codec(ConfigMap);
const map = (extra: object = {}) =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "ü", namespace: "n", uid: "u", creationTimestamp: "t" },
    ...extra,
  }) as unknown as ConfigMap;

describe("the bytes of an object", () => {
  it("are served with the revision that they were stored at", () => {
    const stored = codec.encode({ ...map({ data: { a: "ß" } }), metadata: { ...map().metadata, resourceVersion: "3" } });
    expect(stored.toString()).not.toContain("resourceVersion");
    const served = codec.serve(stored, 77);
    expect(JSON.parse(served.toString())).toEqual({ ...map({ data: { a: "ß" } }), metadata: { ...map().metadata, resourceVersion: "77" } });
    expect(codec.decode(served)).toEqual(codec.decodeStored(stored, 77));
    expect(JSON.parse(codec.withRevision(served, 100000).toString()).metadata.resourceVersion).toBe("100000");
  });

  it("are understood whatever wrote them", () => {
    for (const foreign of [
      { metadata: { name: "a" }, data: {} },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { resourceVersion: "1", name: "a" } },
    ])
      expect(JSON.parse(codec.serve(Buffer.from(JSON.stringify(foreign)), 5).toString()).metadata).toEqual({
        name: "a",
        resourceVersion: "5",
      });
  });
});
