import { definePlugin, refusal } from "../../framework/plugin.ts";

const REFUSAL = refusal("node(s) didn't have free ports for the requested pod ports", true);

/** Keeps pods that want the same port of the host apart. */
export const nodePorts = definePlugin({
  name: "NodePorts",
  mayHelp: ({ type }) => (type === "NodeAdded" || type === "PodRemoved" ? "here" : undefined),
  preFilter: ({ hostPorts }) => (hostPorts.length > 0 ? {} : undefined),
  filter: ({ hostPorts }, { info }) => (hostPorts.some((port) => info.isTaken(port)) ? REFUSAL : undefined),
});
