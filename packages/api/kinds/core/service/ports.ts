import { duplicate, type FieldError, forbiddenField, isDNS1123Label, isQualifiedName, isValidPortNum, required } from "@wherry/machinery";
import type { Service, ServicePort } from "../../../generated/types.ts";
import { broken, each, named, oneOf, portOrName } from "../../rules.ts";
import { PROTOCOLS } from "../pod/port.ts";
import { isHeadless } from "./type.ts";

const PATH = "spec.ports";

/** Source: core validation `ValidateService`, its part about ports. */
export function validateServicePorts(o: Service): FieldError[] {
  const ports = o.spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(o) && o.spec.type !== "ExternalName") return [required(PATH)];
  const names = new Set<string>();
  return [
    ...each(ports, PATH, (p, at) => [...nameErrors(p, ports.length > 1, names, at), ...portErrors(p, at)]),
    ...nodePortErrors(o),
    ...pairErrors(ports),
  ];
}

function nameErrors(p: ServicePort, mustHave: boolean, names: Set<string>, path: string): FieldError[] {
  if (!p.name) return mustHave ? [required(`${path}.name`)] : [];
  const again = names.has(p.name) ? [duplicate(`${path}.name`, p.name)] : [];
  names.add(p.name);
  return [...named(`${path}.name`, p.name, isDNS1123Label), ...again];
}

function portErrors(p: ServicePort, path: string): FieldError[] {
  return [
    ...broken(`${path}.port`, p.port ?? 0, isValidPortNum(p.port ?? 0)),
    ...oneOf(`${path}.protocol`, p.protocol, PROTOCOLS),
    ...portOrName(`${path}.targetPort`, p.targetPort),
    ...(p.appProtocol ? broken(`${path}.appProtocol`, p.appProtocol, isQualifiedName(p.appProtocol)) : []),
    ...(p.nodePort ? broken(`${path}.nodePort`, p.nodePort, isValidPortNum(p.nodePort)) : []),
  ];
}

function nodePortErrors(o: Service): FieldError[] {
  const taken = new Set<string>();
  return each(o.spec.ports, PATH, (p, at) => {
    if (!p.nodePort) return [];
    if (o.spec.type === "ClusterIP") return [forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'")];
    const key = `${p.protocol}/${p.nodePort}`;
    const again = taken.has(key) ? [duplicate(`${at}.nodePort`, p.nodePort)] : [];
    taken.add(key);
    return again;
  });
}

/** One port and protocol may stand once. */
function pairErrors(ports: readonly ServicePort[]): FieldError[] {
  const taken = new Set<string>();
  return each(ports, PATH, (p, at) => {
    const key = `${p.protocol}/${p.port}`;
    const again = taken.has(key) ? [duplicate(at, { protocol: p.protocol, port: p.port })] : [];
    taken.add(key);
    return again;
  });
}
