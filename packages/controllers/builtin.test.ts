import { Event, kinds } from "@wherry/api";
import { expect, it } from "vitest";
import { builtinControllers } from "./index.ts";

const resource = ({ group, plural }: { group: string; plural: string }) => `${group}/${plural}`;

it("watch each resource in one version, and no events", () => {
  const watched = builtinControllers({ clusterCIDR: "10.0.0.0/16", caCertificate: "" }).flatMap((c) => c.watches.map(({ kind }) => kind));
  const versions = Map.groupBy(new Set(watched), resource);
  expect([...versions].filter(([, all]) => all.length > 1)).toEqual([]);
  expect(watched.map(resource)).not.toContain("events.k8s.io/events");
  expect(watched).not.toContain(Event);
  expect(kinds.some((kind) => kind.storedAs)).toBe(true);
});
