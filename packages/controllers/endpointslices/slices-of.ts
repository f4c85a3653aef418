import { EndpointSlice } from "@wherry/api";
import { type ControllerContext, type Watch, watchOf } from "@wherry/engine";
import { MANAGED_BY, SERVICE_NAME } from "./plan.ts";

const BY_SERVICE = "managedService";

/** Watches the slices that `manager` makes, and wakes their services (`namespace/name`). */
export function slicesWatch(manager: string): Watch {
  const services = ({ metadata: { labels, namespace } }: EndpointSlice) => {
    const name = labels?.[MANAGED_BY] === manager && labels[SERVICE_NAME];
    return name ? [`${namespace}/${name}`] : [];
  };
  return watchOf({ kind: EndpointSlice, indexes: { [BY_SERVICE]: services }, wakes: services });
}

/** The slices of a service (`namespace/name`) that the controller's own manager makes; needs its `slicesWatch`. */
export function slicesOf(ctx: ControllerContext, service: string): EndpointSlice[] {
  return ctx.lister(EndpointSlice).byIndex(BY_SERVICE, service);
}
