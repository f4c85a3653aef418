import { duplicate, type FieldError, invalid, isValidPortName, isValidPortNum, required } from "@wherry/machinery";
import type { Container, ContainerPort } from "../../../generated/types.ts";
import { broken, each, oneOf } from "../../rules.ts";

export const PROTOCOLS = ["SCTP", "TCP", "UDP"];

export function defaultPorts(ports: ContainerPort[] | undefined, hostNetwork: boolean): void {
  for (const port of ports ?? []) {
    port.protocol ||= "TCP";
    if (hostNetwork) port.hostPort ||= port.containerPort;
  }
}

/** Source: core validation `validateContainerPorts`. */
export function validatePorts(ports: readonly ContainerPort[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return each(ports, path, (p, at) => [
    ...nameErrors(p, at, names),
    ...(p.containerPort
      ? broken(`${at}.containerPort`, p.containerPort, isValidPortNum(p.containerPort))
      : [required(`${at}.containerPort`)]),
    ...(p.hostPort ? broken(`${at}.hostPort`, p.hostPort, isValidPortNum(p.hostPort)) : []),
    ...oneOf(`${at}.protocol`, p.protocol, PROTOCOLS),
  ]);
}

function nameErrors(p: ContainerPort, path: string, names: Set<string>): FieldError[] {
  if (!p.name) return [];
  const errors = broken(`${path}.name`, p.name, isValidPortName(p.name));
  if (errors.length === 0 && names.has(p.name)) return [duplicate(`${path}.name`, p.name)];
  names.add(p.name);
  return errors;
}

/** Two containers of a pod cannot take the same port of the host. Source: core validation `checkHostPortConflicts`. */
export function validateHostPorts(containers: readonly Container[] | undefined, path: string, hostNetwork: boolean): FieldError[] {
  const taken = new Set<string>();
  return each(containers, path, (c, at) =>
    each(c.ports, `${at}.ports`, (p, portAt) => {
      if (!p.hostPort) return [];
      const key = `${p.protocol}/${p.hostIP ?? ""}/${p.hostPort}`;
      const errors = taken.has(key) ? [duplicate(`${portAt}.hostPort`, key)] : [];
      taken.add(key);
      const differs = hostNetwork && p.hostPort !== p.containerPort;
      return differs
        ? [...errors, invalid(`${portAt}.hostPort`, p.hostPort, "must match `containerPort` when `hostNetwork` is true")]
        : errors;
    }),
  );
}
