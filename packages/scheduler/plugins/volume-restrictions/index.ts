import { claimsOfPod, PersistentVolumeClaim, type Pod } from "@wherry/api";
import { splitKey } from "@wherry/machinery";
import { definePlugin, type Plugin, refusal } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";

const IN_USE = refusal("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode", true);

/** Keeps a claim that is for one pod only (`ReadWriteOncePod`) to one pod. Source: kube-scheduler volumerestrictions. */
export function volumeRestrictions(context: PluginContext): Plugin {
  const claims = context.watch(PersistentVolumeClaim);
  /** How many pods on nodes mention each claim. */
  const users = new Map<string, number>();
  const count = (pod: Pod, change: 1 | -1) => {
    for (const key of claimsOfPod(pod)) users.set(key, (users.get(key) ?? 0) + change);
  };
  context.cluster.observe({ podAdded: ({ pod }) => count(pod, 1), podRemoved: ({ pod }) => count(pod, -1) });
  const exclusive = (pod: Pod): string[] =>
    claimsOfPod(pod).filter((key) => {
      const { name, namespace } = splitKey(key);
      return claims.get(name, namespace)?.spec.accessModes?.includes("ReadWriteOncePod");
    });
  return definePlugin<readonly string[]>({
    name: "VolumeRestrictions",
    mayHelp(event, { pod }) {
      if (event.type === "Changed") return event.kind === "PersistentVolumeClaim" ? "anywhere" : undefined;
      if (event.type !== "PodRemoved") return undefined;
      const left = claimsOfPod(event.pod.pod);
      return claimsOfPod(pod).some((key) => left.includes(key)) ? "anywhere" : undefined;
    },
    preFilter({ pod }) {
      const keys = exclusive(pod);
      return keys.length > 0 ? { state: keys } : undefined;
    },
    filter: (_, __, keys) => (keys.some((key) => users.get(key)) ? IN_USE : undefined),
  });
}
