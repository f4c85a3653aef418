import type { Dependency, EndpointSlice } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { deployment, meta, pod, replicaSet, service } from "../fixtures.ts";
import { findCycle } from "./cycle.ts";
import { daemonSetUnready, deploymentUnready, jobUnready, podUnready, replicasUnready, serviceUnready } from "./readiness.ts";

const condition = (type: string, status: string) => ({ conditions: [{ type, status }] });

describe("what is not ready", () => {
  const daemonSet = (status: object) =>
    daemonSetUnready({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: meta("d"), status } as Parameters<typeof daemonSetUnready>[0]);
  const job = (status: object) =>
    jobUnready({ apiVersion: "batch/v1", kind: "Job", metadata: meta("j"), spec: { template: { spec: { containers: [] } } }, status });
  const deployed = (status: object) => deploymentUnready({ ...deployment("d"), status });
  const replicas = (wanted: number, readyReplicas?: number) =>
    replicasUnready(replicaSet("r", wanted, readyReplicas === undefined ? {} : { status: { replicas: wanted, readyReplicas } }));
  const slice = (ready?: boolean): EndpointSlice => ({
    ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: meta("s"), addressType: "IPv4" },
    endpoints: [{ addresses: ["10.0.0.1"], ...(ready !== undefined && { conditions: { ready } }) }],
  });

  it.each<[string, string | undefined, string | undefined]>([
    ["a new deployment", deployed({}), "0 of 3 available"],
    ["a deployment below its minimum", deployed({ availableReplicas: 1, ...condition("Available", "False") }), "1 of 3 available"],
    ["an available deployment", deployed({ availableReplicas: 2, ...condition("Available", "True") }), undefined],
    ["a deployment of none", deployed(condition("Available", "True")), "0 of 3 available"],
    ["new replicas", replicas(2), "0 of 2 ready"],
    ["some replicas", replicas(2, 1), "1 of 2 ready"],
    ["all replicas", replicas(2, 2), undefined],
    ["no replicas", replicas(0, 0), "0 of 0 ready"],
    ["a new daemon set", daemonSet({}), "0 of 0 ready"],
    ["a daemon set on some nodes", daemonSet({ numberReady: 1, desiredNumberScheduled: 2 }), "1 of 2 ready"],
    ["a daemon set on all nodes", daemonSet({ numberReady: 2, desiredNumberScheduled: 2 }), undefined],
    ["a job at work", job({}), "not complete"],
    ["a failed job", job(condition("Failed", "True")), "failed"],
    ["a complete job", job(condition("Complete", "True")), undefined],
    ["a new pod", podUnready(pod("p")), "not ready"],
    ["a ready pod", podUnready(pod("p", { readySince: 0 })), undefined],
    ["a pod that did its work", podUnready(pod("p", { status: { phase: "Succeeded" } })), undefined],
    ["a service without slices", serviceUnready(service("s"), []), "no ready endpoint"],
    ["a service with endpoints that are not ready", serviceUnready(service("s"), [slice(false)]), "no ready endpoint"],
    ["a service with a ready endpoint", serviceUnready(service("s"), [slice(false), slice(true)]), undefined],
    ["a service with an endpoint that does not say", serviceUnready(service("s"), [slice()]), undefined],
    ["a service elsewhere", serviceUnready(service("s", { type: "ExternalName" }), []), undefined],
  ])("%s", (_, found, expected) => expect(found).toBe(expected));
});

describe("a cycle", () => {
  const named = (name: string): Dependency => ({ kind: "Deployment", name });
  const search = (edges: Record<string, string[]>, starts: string[]) =>
    findCycle(starts.map(named), { isOwn: ({ name }) => name === "own", next: ({ name }) => (edges[name] ?? []).map(named) });
  it.each<[string, Record<string, string[]>, string[], string[] | undefined]>([
    ["is not there without dependencies", {}, [], undefined],
    ["is not there in a line", { a: ["b"], b: ["c"] }, ["a"], undefined],
    ["is itself", {}, ["own"], ["own"]],
    ["is two", { a: ["own"] }, ["a"], ["a", "own"]],
    ["is found behind a line", { a: ["x"], b: ["c"], c: ["own"] }, ["a", "b"], ["b", "c", "own"]],
    ["is the shortest", { a: ["b"], b: ["own"], c: ["own"] }, ["a", "c"], ["c", "own"]],
    ["of others does not hold the search up", { a: ["b"], b: ["a"] }, ["a"], undefined],
  ])("%s", (_, edges, starts, expected) => expect(search(edges, starts)).toEqual(expected?.map((name) => `deployment/${name}`)));
});
