import fc from "fast-check";

/** The kinds of workloads that the model drives. */
export const WORKLOADS = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"] as const;
export type WorkloadKind = (typeof WORKLOADS)[number];

/** One thing that happens to the cluster. Numbers choose among what there is at that moment. */
export type Operation =
  | { do: "create"; kind: WorkloadKind; replicas: number }
  | { do: "scale"; workload: number; replicas: number }
  | { do: "roll"; workload: number; image: string }
  | { do: "pause" | "resume" | "delete"; workload: number }
  | { do: "deletePod" | "killContainer"; pod: number }
  | { do: "cordon" | "uncordon" | "drain" | "cut" | "reconnect" | "destroy"; node: number }
  | { do: "label"; node: number; chosen: boolean }
  | { do: "join"; chosen: boolean }
  | { do: "wait"; seconds: number }
  | { do: "quiet" };

const some = fc.nat(50);
const replicas = fc.integer({ min: 0, max: 5 });
const image = fc.constantFrom("app:v1", "app:v2", "app:v3");

/** Any operation; those that change workloads are the most frequent. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("create" as const), kind: fc.constantFrom(...WORKLOADS), replicas }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("scale" as const), workload: some, replicas }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("roll" as const), workload: some, image }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("pause" as const, "resume" as const, "resume" as const, "delete" as const),
      workload: some,
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("deletePod" as const, "killContainer" as const), pod: some }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "cordon" as const,
        "uncordon" as const,
        "uncordon" as const,
        "drain" as const,
        "cut" as const,
        "reconnect" as const,
        "reconnect" as const,
        "destroy" as const,
      ),
      node: some,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("label" as const), node: some, chosen: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), chosen: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "quiet" as const }) },
);
