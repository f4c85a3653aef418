import { expect, it } from "vitest";
import { loadDescriptions, parseModel } from "./descriptions.ts";

it("reads comments of a model", () => {
  const source = String.raw`/**
 * The generator's own words.
 */
/**
* A port.
*/
export declare class V1ContainerPort {
    /**
    * The pod\'s port, \"80\" say.
    * Second line.
    */
    'containerPort': number;
    'hostIP'?: string;
    static readonly discriminator: string | undefined;
}`;
  expect([...parseModel(source)]).toEqual([
    ["", "A port."],
    ["containerPort", `The pod's port, "80" say.\nSecond line.`],
  ]);
});

it("describes schemas and fields from the installed package", async () => {
  const texts = await loadDescriptions();
  expect(texts.describe("io.k8s.api.core.v1.ContainerPort", "hostIP")).toMatch(/host IP/);
  expect(texts.describe("io.k8s.api.core.v1.Event")).toMatch(/event/i);
  expect(texts.describe("io.k8s.api.core.v1.PodSpec", "containers")).toMatch(/List of containers/);
  expect(texts.describe("io.k8s.api.core.v1.Pod", "nonsense")).toBeUndefined();
  expect(texts.describe("no.such.Thing")).toBeUndefined();
});
