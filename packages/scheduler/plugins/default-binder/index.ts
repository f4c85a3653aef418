import { Pod } from "@wherry/api";
import type { Client } from "@wherry/client";
import { definePlugin, type Plugin } from "../../framework/plugin.ts";

/** Binds through the API: a Binding posted to the pod. */
export function defaultBinder(client: Client): Plugin {
  return definePlugin({
    name: "DefaultBinder",
    async bind(pod, node) {
      const { name, namespace, uid } = pod.metadata;
      await client.post(Pod, { name, ...(namespace && { namespace }) }, "binding", {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, namespace, uid },
        target: { apiVersion: "v1", kind: "Node", name: node },
      });
      return true;
    },
  });
}
