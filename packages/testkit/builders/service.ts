import type { Namespace, Service, ServiceSpec } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";

/** A service on port 80 to port 8080 of the pods labelled `app=<name>`. */
export function service(name: string, spec: Partial<ServiceSpec> = {}): NewObject<Service> {
  return {
    metadata: { name, namespace: "default" },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
  };
}

export function namespace(name: string): NewObject<Namespace> {
  return { metadata: { name }, spec: {} };
}
