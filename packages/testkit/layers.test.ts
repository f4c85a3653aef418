import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FORBIDDEN, LAYERS, STANDALONE, TEST_PACKAGES } from "./layers.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const layerOf = (name: string) => LAYERS.findIndex((layer) => layer.includes(name));
const isTest = (file: string) => /\.test\.ts$|\/contract\.ts$|-contract\.ts$/.test(file);

/** Every `@wherry/...` import, and every relative one that leaves its package, of the files below `packages/` and `cmd/`. */
function imports(): { file: string; from: string; to: string }[] {
  return globSync("{packages,cmd}/**/*.{ts,mjs}", { cwd: ROOT, exclude: (name) => name.includes("node_modules") }).flatMap((file) => {
    const [top, from] = file.split("/") as [string, string];
    const text = readFileSync(join(ROOT, file), "utf8");
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((m) => m[1]!);
    return specifiers.flatMap((s) => {
      if (s.startsWith("@wherry/")) return [{ file, from: top === "cmd" ? "cmd" : from, to: s.split("/")[1]! }];
      const target = s.startsWith(".") ? join(file, "..", s).split("/") : [];
      return target.length && (target[0] !== top || (top === "packages" && target[1] !== from))
        ? [{ file, from: top === "cmd" ? "cmd" : from, to: target.join("/") }]
        : [];
    });
  });
}

function complaint({ file, from, to }: { file: string; from: string; to: string }): string | undefined {
  if (from === to) return undefined;
  const says = `${file} imports ${to}`;
  if (to.includes("/")) return `${says} by a path out of its package: import it by its package's name`;
  if (STANDALONE.includes(from) || STANDALONE.includes(to))
    return `${says}: ${from} and ${to} stay apart, since set-up runs before anything is installed`;
  if (from === "cmd" || TEST_PACKAGES.includes(from) || isTest(file)) return undefined;
  if (TEST_PACKAGES.includes(to)) return `${says}: only tests may import it`;
  const rule = FORBIDDEN.find((f) => f.from === from && f.to === to);
  if (rule) return `${says}: ${rule.why}`;
  if (layerOf(to) >= layerOf(from))
    return `${says}: layer L${layerOf(from)} may import only layers below it, and ${to} is on L${layerOf(to)}`;
  return undefined;
}

describe("layers", () => {
  it("has a place for every package", () => {
    const known = new Set([...LAYERS.flat(), ...TEST_PACKAGES, ...STANDALONE]);
    expect(readdirSync(join(ROOT, "packages")).filter((name) => !name.includes(".") && !known.has(name))).toEqual([]);
  });

  it("lets imports point to lower layers only", () => {
    const found = imports();
    expect(found.length).toBeGreaterThan(10);
    expect(found.map(complaint).filter(Boolean)).toEqual([]);
  });

  it("complains about an upward, a sideways and a driver's import", () => {
    expect(complaint({ file: "packages/base/x.ts", from: "base", to: "machinery" })).toContain("only layers below");
    expect(complaint({ file: "packages/agent/x.ts", from: "agent", to: "scheduler" })).toContain("only layers below");
    expect(complaint({ file: "packages/agent/x.ts", from: "agent", to: "runtime-docker" })).toContain("cmd/ alone");
    expect(complaint({ file: "packages/agent/x.test.ts", from: "agent", to: "runtime-docker" })).toBeUndefined();
  });
});
