import { ConfigMap } from "@wherry/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Codec } from "./codec.ts";
import { History } from "./history.ts";
import { Item } from "./item.ts";

const of = { kind: ConfigMap, versions: [ConfigMap], codec: new Codec(ConfigMap) };
const event = (revision: number, size: number) => {
  const value = Buffer.from(
    JSON.stringify({ kind: "ConfigMap", apiVersion: "v1", metadata: { name: "a" }, data: { a: "x".repeat(size) } }),
  );
  return { revision, item: new Item(of, { key: "k", value, revision, createRevision: 1 }), previous: undefined };
};

it("gives all that came after a revision, or says that it cannot", () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(400)), { maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 10 }), (steps, events) => {
      const history = new History(5, { events, bytes: 2000 });
      const all: number[] = [];
      let revision = 5;
      for (const [gap, size] of steps) {
        revision += gap;
        history.push(event(revision, size));
        all.push(revision);
        for (let from = 4; from <= revision; from++) {
          const found = history.since(from)?.map((e) => e.revision);
          const wanted = all.filter((r) => r > from);
          if (found) expect(found).toEqual(wanted);
          else expect(from < 5 || wanted.length > 1).toBe(true);
          expect(history.since(from, 1)?.map((e) => e.revision)).toEqual(found?.slice(0, 1));
        }
        expect(history.since(revision)).toEqual([]);
        expect(history.last).toBe(revision);
      }
    }),
  );
});
