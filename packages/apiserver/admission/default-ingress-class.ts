import { DEFAULT_CLASS_ANNOTATION, INGRESS_CLASS_ANNOTATION, type Ingress, type IngressClass, newestDefault } from "@wherry/api";
import type { Registry } from "@wherry/machinery";
import type { WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

/**
 * A new Ingress that names no class gets the default one, if there is one; of several the newest. Source: upstream
 * `plugin/pkg/admission/network/defaultingressclass`.
 */
export function defaultIngressClass(registry: Registry, cache: WatchCache): WriteStage {
  const ingresses = registry.byResource("networking.k8s.io", "v1", "ingresses");
  const classes = registry.byResource("networking.k8s.io", "v1", "ingressclasses");
  return {
    admit(write, object) {
      if (write.operation !== "create" || write.kind !== ingresses || !classes) return;
      const ingress = object as unknown as Ingress;
      if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined) return;
      const found = newestDefault(
        [...cache.resource(classes).items()].map((item) => item.object() as IngressClass),
        isDefault,
      );
      if (found) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name };
    },
  };
}

const isDefault = (o: IngressClass) => o.metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true";
