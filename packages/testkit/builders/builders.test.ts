import { Deployment, isNodeReady, isPodReady, Namespace, Node, Pod, ReplicaSet, Service } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { startControlPlane } from "../control-plane.ts";
import { BUILT_AT, deployment, namespace, node, pod, readyStatus, replicaSet, service, stored } from "./index.ts";

describe("builders", () => {
  it("make what a server accepts", async () => {
    const cluster = await startControlPlane();
    try {
      await cluster.client.create(Namespace, namespace("other"));
      await cluster.client.create(Node, node("n1"));
      await cluster.client.create(Pod, pod("p", { requests: { cpu: "100m" } }));
      await cluster.client.create(Deployment, deployment("web"));
      await cluster.client.create(ReplicaSet, replicaSet("web"));
      const made = await cluster.client.create(Service, service("web"));
      expect(made.spec.clusterIP).toMatch(/^10\.96\./);
    } finally {
      await cluster.close();
    }
  });

  it("make what a server would have stored", () => {
    const running = stored(Pod, pod("p", { node: "n1", status: readyStatus("10.1.0.2") }));
    expect(running.metadata).toMatchObject({ uid: "pod-default-p", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" });
    expect(running.spec.restartPolicy).toBe("Always");
    expect(isPodReady(running)).toBe(true);
    expect(isNodeReady(stored(Node, node("n1")))).toBe(true);
    expect(stored(Deployment, deployment("web")).metadata.generation).toBe(1);
    expect(BUILT_AT).toBe(Date.parse(running.metadata.creationTimestamp));
  });

  it("refuse what a server would refuse", () => {
    expect(() => stored(Service, service("web", { ports: [{ port: 0 }] }))).toThrow(/^Service web: spec.ports\[0].port: Invalid value: 0/);
  });
});
