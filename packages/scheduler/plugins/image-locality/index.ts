import type { Pod } from "@wherry/api";
import type { ClusterCache } from "../../cluster/cluster-cache.ts";
import { definePlugin, MAX_SCORE, type Plugin } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";

const MB = 1024 * 1024;
/** Below this the images of a pod do not count; above the other, for each container, more makes no difference. */
const MIN_BYTES = 23 * MB;
const MAX_BYTES_OF_CONTAINER = 1000 * MB;

interface Wanted {
  /** How much each image counts: the less the fewer nodes have it, so that pods do not all go to one node. */
  images: readonly { name: string; share: number }[];
  containers: number;
}

/** Prefers nodes that already have the pod's images. Source: kube-scheduler imagelocality. */
export function imageLocality({ cluster }: Pick<PluginContext, "cluster">): Plugin {
  return definePlugin<undefined, Wanted>({
    name: "ImageLocality",
    preScore({ pod }) {
      const names = imagesOf(pod);
      const images = names.map((name) => ({ name, share: shareOf(cluster, name) })).filter(({ share }) => share > 0);
      return images.length > 0 ? { state: { images, containers: names.length } } : undefined;
    },
    score(_, { info }, { images, containers }) {
      const bytes = images.reduce((sum, { name, share }) => sum + Math.trunc((info.images.get(name) ?? 0) * share), 0);
      const max = MAX_BYTES_OF_CONTAINER * containers;
      return Math.trunc((MAX_SCORE * (Math.min(Math.max(bytes, MIN_BYTES), max) - MIN_BYTES)) / (max - MIN_BYTES));
    },
  });
}

function shareOf(cluster: ClusterCache, image: string): number {
  return cluster.nodesWithImage(image) / Math.max(1, cluster.candidates.length);
}

function imagesOf({ spec }: Pod): string[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ image }) => normalized(image ?? ""));
}

/** With the tag that is meant when there is none. */
function normalized(image: string): string {
  return image.lastIndexOf(":") > image.lastIndexOf("/") ? image : `${image}:latest`;
}
