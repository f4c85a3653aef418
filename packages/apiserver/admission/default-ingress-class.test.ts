import { Ingress, IngressClass } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";

const clock = new FakeClock();
let plane: ControlPlane;

beforeEach(async () => {
  plane = await startControlPlane({ clock });
});
afterEach(() => plane.close());

const addClass = (name: string, isDefault: boolean) =>
  plane.client.create(IngressClass, {
    metadata: { name, ...(isDefault && { annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } }) },
    spec: { controller: "example.com/c" },
  });

const addIngress = async (name: string, more: { annotations?: Record<string, string>; ingressClassName?: string } = {}) => {
  const { annotations, ...spec } = more;
  const created = await plane.client.create(Ingress, {
    metadata: { name, namespace: "default", ...(annotations && { annotations }) },
    spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } }, ...spec },
  });
  return created.spec.ingressClassName;
};

it("is what an ingress without a class gets: the newest, and of one age the first by name", async () => {
  expect(await addIngress("none-there")).toBeUndefined();
  await addClass("plain", false);
  expect(await addIngress("none-default")).toBeUndefined();
  await addClass("old", true);
  expect(await addIngress("one")).toBe("old");
  await clock.advance(1000);
  await addClass("new-b", true);
  await addClass("new-a", true);
  expect(await addIngress("several")).toBe("new-a");
});

it("leaves alone what was chosen", async () => {
  await addClass("default", true);
  expect(await addIngress("field", { ingressClassName: "mine" })).toBe("mine");
  expect(await addIngress("annotation", { annotations: { "kubernetes.io/ingress.class": "mine" } })).toBeUndefined();
});
