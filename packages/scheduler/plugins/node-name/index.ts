import { definePlugin, refusal } from "../../framework/plugin.ts";

const REFUSAL = refusal("node(s) didn't match the requested node name", false);

/** Keeps a pod that names its node on that node. */
export const nodeName = definePlugin<string>({
  name: "NodeName",
  mayHelp: ({ type }) => (type === "NodeAdded" ? "here" : undefined),
  preFilter: ({ pod }) => (pod.spec?.nodeName ? { state: pod.spec.nodeName } : undefined),
  filter: (_, { node }, wanted) => (wanted === node.metadata.name ? undefined : REFUSAL),
});
