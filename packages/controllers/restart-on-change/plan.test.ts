import type { PodSpec } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { meta } from "../fixtures.ts";
import { OBSERVED_SOURCES, planRestart } from "./plan.ts";
import { nameOf, sourcesOf } from "./sources.ts";

const spec = (more: Partial<PodSpec>): PodSpec => ({ containers: [{ name: "main", image: "app:v1" }], ...more });
const main = (more: Partial<PodSpec["containers"][number]>) => spec({ containers: [{ name: "main", ...more }] });

describe("what pods are made from", () => {
  it.each<[string, PodSpec | undefined, string[]]>([
    ["nothing", undefined, []],
    ["a variable", main({ env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "a", key: "k" } } }] }), ["ConfigMap/a"]],
    ["a secret variable", main({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "a", key: "k" } } }] }), ["Secret/a"]],
    ["all variables", main({ envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "a" } }] }), ["ConfigMap/a", "Secret/a"]],
    ["an init container", spec({ initContainers: [{ name: "i", envFrom: [{ secretRef: { name: "s" } }] }] }), ["Secret/s"]],
    [
      "volumes",
      spec({
        volumes: [
          { name: "c", configMap: { name: "c" } },
          { name: "b", secret: { secretName: "b" } },
          { name: "e", emptyDir: {} },
        ],
      }),
      ["ConfigMap/c", "Secret/b"],
    ],
    [
      "a projected volume",
      spec({ volumes: [{ name: "p", projected: { sources: [{ configMap: { name: "c" } }, { secret: { name: "b" } }] } }] }),
      ["ConfigMap/c", "Secret/b"],
    ],
    ["not what pulls images", spec({ imagePullSecrets: [{ name: "registry" }] }), []],
  ])("%s", (_, given, expected) => expect(sourcesOf(given).map(nameOf)).toEqual(expected));

  it("is optional only when it is so everywhere", () => {
    const both = (optional: boolean) =>
      main({ envFrom: [{ configMapRef: { name: "a", optional: true } }, { configMapRef: { name: "a", optional } }] });
    expect(sourcesOf(both(true))).toEqual([{ kind: "ConfigMap", name: "a", optional: true }]);
    expect(sourcesOf(both(false))).toEqual([{ kind: "ConfigMap", name: "a", optional: false }]);
  });
});

describe("a plan", () => {
  const plan = (observed: string | undefined, present: Record<string, string>, optional = false) => {
    const template = { spec: main({ envFrom: [{ configMapRef: { name: "a", optional } }, { secretRef: { name: "b" } }] }) };
    const metadata = meta("web", observed === undefined ? {} : { annotations: { [OBSERVED_SOURCES]: observed } });
    return planRestart(
      { metadata, spec: { template } },
      (source) => present[nameOf(source)],
      (text) => `hash of ${text}`,
    );
  };
  const BOTH = '{"ConfigMap/a":"1","Secret/b":"2"}';

  it.each<[string, string | undefined, Record<string, string>, string]>([
    ["notes what is there at first", undefined, { "ConfigMap/a": "1", "Secret/b": "2" }, BOTH],
    ["notes what is there at first, without what is missing", undefined, { "Secret/b": "2" }, '{"Secret/b":"2"}'],
    ["notes what has come that pods waited for", '{"Secret/b":"2"}', { "ConfigMap/a": "1", "Secret/b": "2" }, BOTH],
    [
      "forgets what is no longer used",
      '{"ConfigMap/a":"1","ConfigMap/c":"3","Secret/b":"2"}',
      { "ConfigMap/a": "1", "Secret/b": "2" },
      BOTH,
    ],
    ["begins anew after an annotation that is not its own", "nonsense", { "ConfigMap/a": "1", "Secret/b": "2" }, BOTH],
    ["begins anew after an annotation that is null", "null", { "ConfigMap/a": "1", "Secret/b": "2" }, BOTH],
  ])("%s, and restarts nothing", (_, observed, present, expected) => expect(plan(observed, present)).toEqual({ observed: expected }));

  it.each<[string, Record<string, string>]>([
    ["nothing changed", { "ConfigMap/a": "1", "Secret/b": "2" }],
    ["something is gone: it is waited for", { "Secret/b": "2" }],
    ["all is gone", {}],
  ])("writes nothing when %s", (_, present) => expect(plan(BOTH, present)).toBeUndefined());

  it("restarts for what changed", () => {
    const observed = '{"ConfigMap/a":"9","Secret/b":"2"}';
    const restart = { changed: ["ConfigMap/a"], hash: `hash of ${observed}` };
    expect(plan(BOTH, { "ConfigMap/a": "9", "Secret/b": "2" })).toEqual({ observed, restart });
  });

  it("restarts when an optional one comes, and when it goes", () => {
    const absent = '{"ConfigMap/a":"absent","Secret/b":"2"}';
    expect(plan(undefined, { "Secret/b": "2" }, true)).toEqual({ observed: absent });
    expect(plan(absent, { "ConfigMap/a": "1", "Secret/b": "2" }, true)?.restart?.changed).toEqual(["ConfigMap/a"]);
    expect(plan(BOTH, { "Secret/b": "2" }, true)).toMatchObject({ observed: absent, restart: { changed: ["ConfigMap/a"] } });
  });
});
