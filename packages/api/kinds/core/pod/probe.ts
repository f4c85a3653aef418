import { type FieldError, forbiddenField, invalid, isHTTPHeaderName, isValidPortNum, required } from "@wherry/machinery";
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from "../../../generated/types.ts";
import { broken, each, nonNegative, oneOf, portOrName, present } from "../../rules.ts";

/** Source: v1 defaults `SetDefaults_Probe`, `SetDefaults_HTTPGetAction`. */
export function defaultProbe(p: Probe | undefined): void {
  if (!p) return;
  p.timeoutSeconds ||= 1;
  p.periodSeconds ||= 10;
  p.successThreshold ||= 1;
  p.failureThreshold ||= 3;
  if (p.httpGet) defaultHttpGet(p.httpGet);
  if (p.grpc) p.grpc.service ??= "";
}

export function defaultLifecycle(l: Lifecycle | undefined): void {
  for (const handler of [l?.postStart, l?.preStop]) if (handler?.httpGet) defaultHttpGet(handler.httpGet);
}

function defaultHttpGet(h: HTTPGetAction): void {
  h.path ||= "/";
  h.scheme ||= "HTTP";
}

const COUNTERS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const;

/** Source: core validation `validateProbe`. */
export function validateProbe(p: Probe | undefined, path: string): FieldError[] {
  if (!p) return [];
  const grace = p.terminationGracePeriodSeconds;
  return [
    ...validateHandler(p, path),
    ...COUNTERS.flatMap((name) => nonNegative(`${path}.${name}`, p[name])),
    ...(grace !== undefined && grace <= 0 ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0")] : []),
  ];
}

/** A liveness or startup probe: one success is enough, by definition. */
export function validateSingleSuccessProbe(p: Probe | undefined, path: string): FieldError[] {
  const once = !p || p.successThreshold === 1 ? [] : [invalid(`${path}.successThreshold`, p.successThreshold ?? 0, "must be 1")];
  return [...validateProbe(p, path), ...once];
}

export function validateReadinessProbe(p: Probe | undefined, path: string): FieldError[] {
  const grace = p?.terminationGracePeriodSeconds;
  const unset = grace === undefined ? [] : [invalid(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes")];
  return [...validateProbe(p, path), ...unset];
}

export function validateLifecycle(l: Lifecycle | undefined, path: string): FieldError[] {
  return (["postStart", "preStop"] as const).flatMap((hook) => (l?.[hook] ? validateHandler(l[hook], `${path}.${hook}`) : []));
}

const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

/** Source: core validation `validateHandler`. Of several handlers the first counts and the others are refused. */
function validateHandler(h: Probe & LifecycleHandler, path: string): FieldError[] {
  const given = HANDLERS.filter((name) => h[name]);
  const [first, ...others] = given;
  if (!first) return [required(path, "must specify a handler type")];
  const extra = others.map((name) => forbiddenField(`${path}.${name}`, "may not specify more than one handler type"));
  return [...extra, ...validateAction(h, first, `${path}.${first}`)];
}

function validateAction(h: Probe & LifecycleHandler, name: (typeof HANDLERS)[number], path: string): FieldError[] {
  switch (name) {
    case "exec":
      return h.exec?.command?.length ? [] : [required(`${path}.command`)];
    case "httpGet":
      return validateHttpGet(h.httpGet!, path);
    case "tcpSocket":
      return portOrName(`${path}.port`, h.tcpSocket?.port);
    case "grpc":
      return broken(`${path}.port`, h.grpc?.port ?? 0, isValidPortNum(h.grpc?.port ?? 0));
    case "sleep":
      return (h.sleep?.seconds ?? 0) > 0 ? [] : [invalid(`${path}.seconds`, h.sleep?.seconds ?? 0, "must be greater than 0")];
  }
}

function validateHttpGet(h: HTTPGetAction, path: string): FieldError[] {
  return [
    ...present(`${path}.path`, h.path),
    ...portOrName(`${path}.port`, h.port),
    ...oneOf(`${path}.scheme`, h.scheme, ["HTTP", "HTTPS"]),
    ...each(h.httpHeaders, `${path}.httpHeaders`, (header) =>
      broken(`${path}.httpHeaders`, header.name ?? "", isHTTPHeaderName(header.name ?? "")),
    ),
  ];
}
