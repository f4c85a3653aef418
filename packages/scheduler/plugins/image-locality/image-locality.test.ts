import { expect, it } from "vitest";
import { aNode, aPod, TestCluster } from "../testing/cluster.ts";
import { imageLocality } from "./index.ts";

const MB = 1024 * 1024;
const having = (name: string, ...images: [name: string, megabytes: number][]) =>
  aNode(name, {}, { status: { images: images.map(([image, size]) => ({ names: [image], sizeBytes: size * MB })) } });
const pod = (...images: string[]) => aPod("p", { containers: images.map((image, i) => ({ name: `c${i}`, image })) });

it("ImageLocality prefers nodes with the pod's images, the more the fewer have them", () => {
  const cluster = new TestCluster(having("large", ["app:latest", 1023]), having("small", ["tool:1", 20]), having("none"));
  const plugin = imageLocality(cluster.context);
  // A third of the nodes has it: 1023 MB count as 341, of 23 to 1000.
  expect(cluster.scores(plugin, pod("app"))).toEqual([32, 0, 0]);
  expect(cluster.scores(plugin, pod("tool:1"))).toEqual([0, 0, 0]);
  expect(cluster.scores(plugin, pod("other"))).toEqual([0, 0, 0]);
  cluster.cluster.setNode(having("none", ["app:latest", 1023]));
  expect(cluster.scores(plugin, pod("app"))).toEqual([67, 0, 67]);
  // Two containers share what is found.
  expect(cluster.scores(plugin, pod("app", "other"))).toEqual([33, 0, 33]);
  cluster.cluster.removeNode("none");
  expect(cluster.scores(plugin, pod("app"))).toEqual([50, 0]);
});
