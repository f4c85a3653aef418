export { Framework } from "./framework/framework.ts";
export { NodeInfo } from "./framework/node-info.ts";
export * from "./framework/plugin.ts";
export { type Amounts, type HostPort, type PodInfo, podInfo } from "./framework/pod-info.ts";
export { defaultPlugins } from "./plugins/index.ts";
export * from "./run-scheduler.ts";
