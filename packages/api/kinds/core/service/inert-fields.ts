import { type InertField, NO_EFFECT } from "../../inert-field.ts";

/** What a Service may say in vain. */
export const SERVICE_INERT_FIELDS: readonly InertField[] = [
  {
    path: "spec.type",
    note: "no load balancer is provided in this version; the service is reached through its node ports",
    asks: (type) => type === "LoadBalancer",
  },
  { path: "spec.ipFamilyPolicy", note: "accepted, but this version has IPv4 only", asks: (policy) => policy !== "SingleStack" },
  { path: "spec.loadBalancerClass", note: NO_EFFECT },
  { path: "spec.loadBalancerIP", note: NO_EFFECT },
  { path: "spec.loadBalancerSourceRanges", note: NO_EFFECT },
  { path: "spec.trafficDistribution", note: NO_EFFECT },
];
