import { type FieldError, invalid, Quantity } from "@wherry/machinery";
import type { LimitRangeItem } from "../../../generated/types.ts";
import { amounts, isOvercommitable } from "../resources.ts";

/** Whether the amounts of a limit go together: min, default request, default, max. Source: core validation `ValidateLimitRange`. */
export function compareBounds(limit: LimitRangeItem, path: string): FieldError[] {
  const lists = {
    min: amounts(limit.min),
    max: amounts(limit.max),
    limit: amounts(limit.default),
    request: amounts(limit.defaultRequest),
    ratio: amounts(limit.maxLimitRequestRatio),
  };
  const names = new Set(Object.values(lists).flatMap((list) => [...list.keys()]));
  return [...names].flatMap((name) => {
    const of = { min: lists.min.get(name), max: lists.max.get(name), limit: lists.limit.get(name), request: lists.request.get(name) };
    return [...compareOne(of, name, path), ...validateRatio(lists.ratio.get(name), of, name, path)];
  });
}

type Bounds = Record<"min" | "max" | "limit" | "request", Quantity | undefined>;

function compareOne({ min, max, limit, request }: Bounds, name: string, path: string): FieldError[] {
  const above = (a: Quantity | undefined, b: Quantity | undefined) => a !== undefined && b !== undefined && a.compare(b) > 0;
  const wrong = (field: string, value: Quantity | undefined, why: string) => invalid(`${path}.${field}[${name}]`, String(value), why);
  const unequal = request && limit && !isOvercommitable(name) && !request.equals(limit);
  return [
    ...(above(min, max) ? [wrong("min", min, `min value ${min} is greater than max value ${max}`)] : []),
    ...(above(min, request) ? [wrong("defaultRequest", request, `min value ${min} is greater than default request value ${request}`)] : []),
    ...(above(request, max) ? [wrong("defaultRequest", request, `default request value ${request} is greater than max value ${max}`)] : []),
    ...(above(request, limit)
      ? [wrong("defaultRequest", request, `default request value ${request} is greater than default limit value ${limit}`)]
      : []),
    ...(above(min, limit) ? [wrong("default", min, `min value ${min} is greater than default value ${limit}`)] : []),
    ...(above(limit, max) ? [wrong("default", max, `default value ${limit} is greater than max value ${max}`)] : []),
    ...(unequal
      ? [wrong("defaultRequest", request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`)]
      : []),
  ];
}

function validateRatio(ratio: Quantity | undefined, { min, max }: Bounds, name: string, path: string): FieldError[] {
  if (!ratio) return [];
  const wrong = (why: string) => invalid(`${path}.maxLimitRequestRatio[${name}]`, String(ratio), why);
  const most = min && max && !min.isZero() ? max.toNumber() / min.toNumber() : undefined;
  return [
    ...(ratio.compare(Quantity.of(1)) < 0 ? [wrong(`ratio ${ratio} is less than 1`)] : []),
    ...(most !== undefined && ratio.toNumber() > most ? [wrong(`ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`)] : []),
  ];
}
