import type { LimitRangeItem } from "@wherry/api";
import { Quantity } from "@wherry/machinery";

export type ResourceList = Readonly<Record<string, string>>;

export interface Resources {
  requests?: ResourceList;
  limits?: ResourceList;
}

/** The sum of two lists. */
export function addLists(a: ResourceList, b: ResourceList): ResourceList {
  return merged(a, b, (x, y) => Quantity.parse(x).add(Quantity.parse(y)).toString());
}

/** The larger of two lists, resource by resource. */
export function largerOf(a: ResourceList, b: ResourceList): ResourceList {
  return merged(a, b, (x, y) => (compare(x, y) < 0 ? y : x));
}

function merged(a: ResourceList, b: ResourceList, both: (x: string, y: string) => string): ResourceList {
  const entries = Object.entries(b).map(([name, y]) => [name, a[name] === undefined ? y : both(a[name], y)] as const);
  return { ...a, ...Object.fromEntries(entries) };
}

const compare = (x: string, y: string) => Quantity.parse(x).compare(Quantity.parse(y));

/** In what way the resources break the bounds of the item, in upstream's words. @param options `requestsOnly` for what has no limits: a claim */
export function compareBounds(item: LimitRangeItem, { requests = {}, limits = {} }: Resources, { requestsOnly = false } = {}): string[] {
  const all = (list: ResourceList | undefined, check: (name: string, bound: string) => string | undefined) =>
    Object.entries(list ?? {}).flatMap(([name, bound]) => check(name, bound) ?? []);
  const { type } = item;
  return [
    ...all(item.min, (name, bound) => belowMin(`minimum ${name} usage per ${type} is ${bound}`, bound, requests[name], limits[name])),
    ...all(item.max, (name, bound) => {
      const rule = `maximum ${name} usage per ${type} is ${bound}`;
      return requestsOnly ? aboveMax(rule, bound, "request", requests[name]) : overMax(rule, bound, requests[name], limits[name]);
    }),
    ...all(item.maxLimitRequestRatio, (name, bound) =>
      overRatio(`${name} max limit to request ratio per ${type} is ${bound}`, bound, requests[name], limits[name]),
    ),
  ];
}

function belowMin(rule: string, bound: string, request: string | undefined, limit: string | undefined): string | undefined {
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compare(request, bound) < 0) return `${rule}, but request is ${request}`;
  return limit !== undefined && compare(limit, bound) < 0 ? `${rule}, but limit is ${limit}` : undefined;
}

function aboveMax(rule: string, bound: string, what: string, value: string | undefined): string | undefined {
  if (value === undefined) return `${rule}.  No ${what} is specified`;
  return compare(value, bound) > 0 ? `${rule}, but ${what} is ${value}` : undefined;
}

function overMax(rule: string, bound: string, request: string | undefined, limit: string | undefined): string | undefined {
  return aboveMax(rule, bound, "limit", limit) ?? (request === undefined ? undefined : aboveMax(rule, bound, "request", request));
}

function overRatio(rule: string, bound: string, request: string | undefined, limit: string | undefined): string | undefined {
  if (request === undefined || compare(request, "0") === 0) return `${rule}, but no request is specified or request is 0`;
  if (limit === undefined || compare(limit, "0") === 0) return `${rule}, but no limit is specified or limit is 0`;
  const number = (value: string) => Quantity.parse(value).toNumber();
  const ratio = number(limit) / number(request);
  return ratio > number(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
