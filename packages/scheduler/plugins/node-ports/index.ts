import { definePlugin } from "../../framework/plugin.ts";

/** Keeps pods that want the same port of the host apart. */
export const nodePorts = definePlugin({
  name: "NodePorts",
  events: ["NodeAdded", "PodRemoved"],
  filter: ({ hostPorts }, { info }) =>
    hostPorts.some((port) => info.isTaken(port)) ? ["node(s) didn't have free ports for the requested pod ports"] : [],
});
