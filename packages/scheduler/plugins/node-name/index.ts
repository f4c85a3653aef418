import { definePlugin } from "../../framework/plugin.ts";

/** Keeps a pod that names its node on that node. */
export const nodeName = definePlugin({
  name: "NodeName",
  events: ["NodeAdded"],
  filter: ({ pod }, { node }) => {
    const wanted = pod.spec?.nodeName;
    return wanted && wanted !== node.metadata.name ? ["node(s) didn't match the requested node name"] : [];
  },
});
