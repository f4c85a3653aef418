import type { ApiObject } from "@wherry/machinery";

const NO_CONTROLLER = "stored, but no controller runs it in this version";
const NO_DRIVERS = "stored, but no volume drivers (CSI) run in this version";
const WEBHOOKS = "stored, but webhooks are not called in this version";
const POLICIES = "stored, but policies are not evaluated in this version";
const FLOWS = "stored, but requests are not queued or limited by it in this version";

/** Kinds that are stored and checked, but that nothing acts on, and what a client is told about them on every write. */
export const NOT_ACTED_ON: Readonly<Record<string, string>> = {
  "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration": WEBHOOKS,
  "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy": POLICIES,
  "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding": POLICIES,
  "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration": WEBHOOKS,
  "autoscaling/v1 HorizontalPodAutoscaler": NO_CONTROLLER,
  "autoscaling/v2 HorizontalPodAutoscaler": NO_CONTROLLER,
  "certificates.k8s.io/v1 CertificateSigningRequest":
    "stored, but no signer is part of this version: an approved request gets no certificate",
  "flowcontrol.apiserver.k8s.io/v1 FlowSchema": FLOWS,
  "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration": FLOWS,
  "networking.k8s.io/v1 Ingress": "stored, but no ingress controller is part of this version: traffic is not routed",
  "networking.k8s.io/v1 IngressClass": "stored, but no ingress controller is part of this version: nothing is of this class",
  "networking.k8s.io/v1 NetworkPolicy": "stored, but not enforced in this version",
  "node.k8s.io/v1 RuntimeClass": "stored, but every pod runs with the engine's default runtime in this version",
  "storage.k8s.io/v1 CSIDriver": NO_DRIVERS,
  "storage.k8s.io/v1 CSINode": NO_DRIVERS,
  "storage.k8s.io/v1 CSIStorageCapacity": NO_DRIVERS,
  "storage.k8s.io/v1 VolumeAttachment": NO_DRIVERS,
  "v1 ResourceQuota": "stored, but not enforced in this version, and what is used is not counted",
};

/** The warning about an object whose kind nothing acts on; none for the others. A kind gives it as (part of) its `warnings`. */
export function notActedOn({ apiVersion, kind }: Pick<ApiObject, "apiVersion" | "kind">): string[] {
  const name = `${apiVersion} ${kind}`;
  return Object.hasOwn(NOT_ACTED_ON, name) ? [`${name}: ${NOT_ACTED_ON[name]}`] : [];
}
