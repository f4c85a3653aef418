import { ConfigMap, Event, Namespace, ServiceAccount } from "@wherry/api";
import { FakeClock, rfc3339 } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventTtlController } from "../event-ttl/index.ts";
import { rootCAPublisher } from "../root-ca/index.ts";
import { serviceAccountController } from "./index.ts";

const ca = { name: "kube-root-ca.crt", namespace: "a" };
const account = { name: "default", namespace: "a" };

let clock: FakeClock;
let plane: ControlPlane;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await startControlPlane({ clock, controllers: [serviceAccountController(), rootCAPublisher("PEM"), eventTtlController()] });
  await plane.client.create(Namespace, { metadata: { name: "a" }, spec: {} });
  await plane.idle();
});
afterEach(() => plane.close());

describe("every namespace", () => {
  it("has its service account and the CA", async () => {
    expect((await plane.client.get(ServiceAccount, account)).metadata.name).toBe("default");
    expect((await plane.client.get(ConfigMap, ca)).data).toEqual({ "ca.crt": "PEM" });
    expect((await plane.client.get(ConfigMap, { ...ca, namespace: "kube-system" })).data).toEqual({ "ca.crt": "PEM" });
  });

  it("gets them back", async () => {
    await plane.client.delete(ServiceAccount, account);
    await plane.client.patch(ConfigMap, ca, { type: "merge", body: { data: { "ca.crt": "forged", more: "x" } } });
    await plane.idle();
    await plane.client.get(ServiceAccount, account);
    expect((await plane.client.get(ConfigMap, ca)).data).toEqual({ "ca.crt": "PEM" });
    await plane.client.delete(ConfigMap, ca);
    await plane.idle();
    await plane.client.get(ConfigMap, ca);
  });
});

it("an event goes an hour after it last happened", async () => {
  const create = (name: string, ago: number) => {
    const lastTimestamp = rfc3339(clock.now() - ago * 1000);
    return plane.client.create(Event, { metadata: { name, namespace: "a" }, involvedObject: { namespace: "a" }, lastTimestamp });
  };
  const left = async () => {
    await plane.idle();
    return (await plane.client.list(Event, { namespace: "a" })).items.map((e) => e.metadata.name);
  };
  await create("fresh", 0);
  await clock.advance(1_800_000);
  await create("later", 0);
  expect(await left()).toEqual(["fresh", "later"]);
  await clock.advance(1_900_000);
  expect(await left()).toEqual(["later"]);
  await clock.advance(1_900_000);
  expect(await left()).toEqual([]);
});
