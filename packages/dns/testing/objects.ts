import type { Endpoint, EndpointSlice, Service } from "@wherry/api";

const meta = (name: string, namespace = "default") => ({
  name,
  namespace,
  uid: name,
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
});

/** A Service as the API server would give it. */
export function service(name: string, spec: Service["spec"], namespace?: string): Service {
  return { apiVersion: "v1", kind: "Service", metadata: meta(name, namespace), spec, status: {} } as Service;
}

/** One slice of a Service's endpoints. */
export function slice(of: string, endpoints: Endpoint[], ports: EndpointSlice["ports"] = [], suffix = "1"): EndpointSlice {
  const metadata = { ...meta(`${of}-${suffix}`), labels: { "kubernetes.io/service-name": of } };
  return { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, addressType: "IPv4", endpoints, ports } as EndpointSlice;
}
