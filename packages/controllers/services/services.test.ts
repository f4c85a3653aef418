import { EndpointSlice, Endpoints, kinds, Namespace, Pod, ReplicaSet, Service } from "@wherry/api";
import { replicaSet, service } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endpointsController } from "../endpoints/index.ts";
import { endpointSliceMirroringController } from "../endpointslice-mirroring/index.ts";
import { endpointSliceController } from "../endpointslices/index.ts";
import { garbageCollector } from "../garbage-collector/index.ts";
import { replicaSetController } from "../replicaset/index.ts";

const namespace = "default";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";

let plane: ControlPlane;
let ready: boolean;
let kubelet: ReturnType<typeof hollowKubelet>;

beforeEach(async () => {
  ready = true;
  kubelet = hollowKubelet({ ready: () => ready });
  const ours = [endpointsController(), endpointSliceController(), endpointSliceMirroringController()];
  plane = await startControlPlane({ controllers: [...ours, replicaSetController(), garbageCollector(kinds), kubelet] });
});
afterEach(() => plane.close());

const endpoints = async (name: string) => (await plane.client.get(Endpoints, { name, namespace })).subsets ?? [];
const slices = async (name: string) =>
  (await plane.client.list(EndpointSlice, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })).items;
const podIPs = async () => (await plane.client.list(Pod, { namespace })).items.map((p) => p.status?.podIP).sort();
const shownIPs = async (name: string) => (await slices(name)).flatMap((s) => s.endpoints.flatMap((e) => e.addresses)).sort();

describe("the endpoints of a service", () => {
  it("follow its pods", async () => {
    await plane.client.create(Service, service("web"));
    await plane.client.create(ReplicaSet, replicaSet("web", 3));
    await plane.idle();
    expect((await endpoints("web")).flatMap((s) => s.addresses?.map((a) => a.ip)).sort()).toEqual(await podIPs());
    expect(await shownIPs("web")).toEqual(await podIPs());
    expect((await slices("web"))[0]?.metadata.labels?.[MANAGED_BY]).toBe("endpointslice-controller.k8s.io");

    await plane.client.patch(ReplicaSet, { name: "web", namespace }, { type: "merge", body: { spec: { replicas: 1 } } });
    await plane.idle();
    expect(await shownIPs("web")).toEqual(await podIPs());
    expect(await endpoints("web")).toMatchObject([{ addresses: [{ targetRef: { kind: "Pod" } }], ports: [{ name: "http", port: 8080 }] }]);

    ready = false;
    kubelet.look();
    await plane.idle();
    expect(await endpoints("web")).toMatchObject([{ notReadyAddresses: [{ ip: (await podIPs())[0] }] }]);
    expect((await slices("web"))[0]?.endpoints[0]?.conditions).toEqual({ ready: false, serving: false, terminating: false });
  });

  it("follow its selector and its ports", async () => {
    await plane.client.create(Service, service("web"));
    await plane.client.create(ReplicaSet, replicaSet("web", 1));
    await plane.client.create(ReplicaSet, replicaSet("other", 1));
    await plane.idle();
    const before = await shownIPs("web");
    const change = (spec: object) => plane.client.patch(Service, { name: "web", namespace }, { type: "merge", body: { spec } });
    await change({ selector: { app: "other" }, ports: [{ name: "http", port: 80, targetPort: 9090 }] });
    await plane.idle();
    const after = await shownIPs("web");
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect((await slices("web")).map((s) => s.ports?.[0]?.port)).toEqual([9090]);
    await change({ selector: { app: "nobody" } });
    await plane.idle();
    expect(await slices("web")).toMatchObject([{ endpoints: [], ports: [] }]);
    expect(await endpoints("web")).toEqual([]);
  });

  it("go with it, and come back when they are deleted by hand", async () => {
    await plane.client.create(Service, service("web"));
    await plane.client.create(ReplicaSet, replicaSet("web", 1));
    await plane.idle();
    await plane.client.delete(Endpoints, { name: "web", namespace });
    await plane.client.deleteCollection(EndpointSlice, { namespace });
    await plane.idle();
    expect(await shownIPs("web")).toEqual(await podIPs());
    expect(await endpoints("web")).toHaveLength(1);
    await plane.client.delete(Service, { name: "web", namespace });
    await plane.idle();
    expect(await slices("web")).toEqual([]);
    await expect(endpoints("web")).rejects.toThrow('endpoints "web" not found');
  });
});

describe("hand-made Endpoints", () => {
  const manual = (ip: string) => ({ metadata: { name: "db", namespace }, subsets: [{ addresses: [{ ip }], ports: [{ port: 5432 }] }] });
  const noSelector = () => {
    const { selector: _, ...spec } = service("db").spec;
    return { metadata: { name: "db", namespace }, spec };
  };

  it("may come before their service, and are mirrored once it is there", async () => {
    await plane.client.create(Endpoints, manual("192.0.2.7"));
    await plane.idle();
    expect(await endpoints("db")).toHaveLength(1);
    expect(await slices("db")).toEqual([]);
    await plane.client.create(Service, noSelector());
    await plane.idle();
    expect(await slices("db")).toMatchObject([
      {
        addressType: "IPv4",
        metadata: { labels: { [MANAGED_BY]: "endpointslicemirroring-controller.k8s.io" }, ownerReferences: [{ kind: "Endpoints" }] },
        endpoints: [{ addresses: ["192.0.2.7"], conditions: { ready: true } }],
        ports: [{ port: 5432, protocol: "TCP" }],
      },
    ]);
  });

  it("are mirrored as they change, and go with their service", async () => {
    await plane.client.create(Service, noSelector());
    await plane.client.create(Endpoints, manual("192.0.2.7"));
    await plane.idle();
    await plane.client.patch(Endpoints, { name: "db", namespace }, { type: "merge", body: manual("192.0.2.8") });
    await plane.idle();
    expect(await shownIPs("db")).toEqual(["192.0.2.8"]);
    await plane.client.delete(Service, { name: "db", namespace });
    await plane.idle();
    expect(await slices("db")).toEqual([]);
    await expect(endpoints("db")).rejects.toThrow("not found");
  });

  it("are not mirrored when they say so", async () => {
    await plane.client.create(Service, noSelector());
    const labels = { "endpointslice.kubernetes.io/skip-mirror": "true" };
    await plane.client.create(Endpoints, { ...manual("192.0.2.7"), metadata: { name: "db", namespace, labels } });
    await plane.idle();
    expect(await slices("db")).toEqual([]);
  });
});

it("pods of another namespace are not selected", async () => {
  await plane.client.create(Namespace, { metadata: { name: "other" }, spec: {} });
  await plane.client.create(Service, service("web"));
  await plane.client.create(ReplicaSet, { ...replicaSet("web", 1), metadata: { name: "web", namespace: "other" } });
  await plane.idle();
  expect(await shownIPs("web")).toEqual([]);
});
