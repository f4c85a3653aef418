import type { ControllerRevision, PodTemplateSpec } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { EPOCH, meta, template } from "../fixtures.ts";
import { beyondLimit, newRevision, planRevision, revisionName, templateOf } from "./revision.ts";

const owner = { apiVersion: "apps/v1", kind: "DaemonSet", metadata: meta("web", { annotations: { "kubernetes.io/change-cause": "why" } }) };

function revision(number: number, of: PodTemplateSpec): ControllerRevision {
  const draft = newRevision({ owner, template: of, collisions: 0, revision: number, hashLabel: "hash" });
  const metadata = meta(draft.metadata.name!, { ...draft.metadata, creationTimestamp: rfc3339(EPOCH + number) });
  return { apiVersion: "apps/v1", kind: "ControllerRevision", ...draft, metadata };
}

const [v1, v2, v3] = ["v1", "v2", "v3"].map((v) => template(`app:${v}`)) as [PodTemplateSpec, PodTemplateSpec, PodTemplateSpec];

describe("a revision", () => {
  it("gives back its template, and a patch that replaces the whole of another", () => {
    const made = revision(1, v1);
    expect(templateOf(made)).toEqual(v1);
    expect(made.data).toMatchObject({ spec: { template: { $patch: "replace" } } });
    expect(made.metadata).toMatchObject({ labels: { app: "web", hash: expect.any(String) }, annotations: owner.metadata.annotations });
    expect(made.metadata.ownerReferences).toMatchObject([{ kind: "DaemonSet", name: "web", controller: true }]);
  });

  it("has a name that fits into a label", () => {
    expect(revisionName("web", "abc")).toBe("web-abc");
    expect(revisionName("w".repeat(253), "abc")).toHaveLength(227);
  });

  it("gets another name after a collision", () => {
    const name = (collisions: number) => newRevision({ owner, template: v1, collisions, revision: 1, hashLabel: "hash" }).metadata.name;
    expect(name(1)).not.toBe(name(0));
  });
});

describe("planRevision", () => {
  it.each<[string, ControllerRevision[], PodTemplateSpec, object]>([
    ["the first", [], v1, { do: "create", number: 1 }],
    ["no change", [revision(2, v2), revision(1, v1)], v2, { do: "keep" }],
    ["a change", [revision(1, v1), revision(2, v2)], v3, { do: "create", number: 3 }],
    ["back to an older one", [revision(1, v1), revision(5, v2)], v1, { do: "renumber", to: 6 }],
    ["a default more is no change", [revision(1, v1)], { ...v1, spec: { ...v1.spec!, dnsPolicy: "ClusterFirst" } }, { do: "keep" }],
  ])("%s", (_, history, wanted, expected) => {
    expect(planRevision(history, wanted)).toMatchObject(expected);
  });
});

describe("beyondLimit", () => {
  const history = [revision(3, v3), revision(1, v1), revision(2, v2)];
  const numbers = (live: string[], limit: number) => beyondLimit(history, new Set(live), limit).map((r) => r.revision);

  it.each<[string[], number, number[]]>([
    [[], 3, []],
    [[], 2, [1]],
    [[], 0, [1, 2, 3]],
    [[revision(1, v1).metadata.name], 0, [2, 3]],
    [[revision(1, v1).metadata.name], 1, [2]],
  ])("spares %j, and keeps %i", (live, limit, gone) => {
    expect(numbers(live, limit)).toEqual(gone);
  });
});
