import { API_SERVICE_INERT_FIELDS } from "./apiregistration/apiservice.ts";
import { VOLUME_INERT_FIELDS } from "./core/persistentvolume/source.ts";
import { CLAIM_INERT_FIELDS } from "./core/persistentvolumeclaim.ts";
import { POD_INERT_FIELDS } from "./core/pod/inert-fields.ts";
import { SERVICE_INERT_FIELDS } from "./core/service/inert-fields.ts";
import { ENDPOINT_SLICE_INERT_FIELDS } from "./discovery/endpointslice.ts";
import type { InertField } from "./inert-field.ts";
import { CLUSTER_ROLE_INERT_FIELDS } from "./rbac/clusterrole.ts";

/** Every field that is accepted in vain, by `apiVersion kind`. A pod's also hold in every template of pods. Only for kinds that something acts on; the others: `NOT_ACTED_ON`. */
export const INERT_FIELDS: Readonly<Record<string, readonly InertField[]>> = {
  "apiregistration.k8s.io/v1 APIService": API_SERVICE_INERT_FIELDS,
  "discovery.k8s.io/v1 EndpointSlice": ENDPOINT_SLICE_INERT_FIELDS,
  "rbac.authorization.k8s.io/v1 ClusterRole": CLUSTER_ROLE_INERT_FIELDS,
  "v1 PersistentVolume": VOLUME_INERT_FIELDS,
  "v1 PersistentVolumeClaim": CLAIM_INERT_FIELDS,
  "v1 Pod": POD_INERT_FIELDS.map((field) => ({ ...field, path: `spec.${field.path}` })),
  "v1 Service": SERVICE_INERT_FIELDS,
};
