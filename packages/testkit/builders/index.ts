export * from "./node.ts";
export * from "./pod.ts";
export * from "./service.ts";
export * from "./stored.ts";
export * from "./workload.ts";
