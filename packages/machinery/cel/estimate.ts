import type { CelNode } from "./ast.ts";
import { MATCHES } from "./functions.ts";
import type { Sized } from "./size.ts";

/** From the least to the most that something takes. No bound is Infinity. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const range = (min: number, max = min): Range => ({ min, max });
const NOTHING = range(0);
const ONE = range(1);
const UNBOUNDED = range(0, Number.POSITIVE_INFINITY);
/** Nothing times no bound is nothing. */
const times = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b);
const add = (...ranges: Range[]) =>
  range(
    ranges.reduce((sum, one) => sum + one.min, 0),
    ranges.reduce((sum, one) => sum + one.max, 0),
  );
const multiply = (a: Range, b: Range) => range(times(a.min, b.min), times(a.max, b.max));
const union = (a: Range, b: Range) => range(Math.min(a.min, b.min), Math.max(a.max, b.max));
const scale = ({ min, max }: Range, factor: number) => range(Math.ceil(min * factor), Math.ceil(max * factor));

/** Looking at a text, for each of its characters; a pattern, for each of its own. Source: cel-go `common/cost.go`. */
const TRAVERSAL = 0.1;
const PATTERN = 0.25;
const LIST = range(10);
const MAP = range(30);

/** What is known of a part of an expression: what it costs, how large its outcome is, and where in the object that stands. */
interface Known {
  cost: Range;
  size?: Range;
  place?: Sized | undefined;
  /** The declared type, such as `list<string>`. */
  type: string;
}

type Scope = ReadonlyMap<string, Known>;

/**
 * What an expression that was checked may cost, whatever it is asked about. Source: cel-go `checker.Cost`, apiserver `cel/library.CostEstimator`.
 * @param variables the sizes of what it speaks of
 */
export function estimateCost(root: CelNode, variables: Readonly<Record<string, Sized | undefined>>): Range {
  const scope = new Map(Object.entries(variables).map(([name, place]) => [name, { cost: ONE, place, type: "" }]));
  return look(root, scope).cost;
}

const typeOf = (node: CelNode): string => String((node as { checkedType?: unknown }).checkedType ?? "");
const nodes = (args: unknown): CelNode[] => args as CelNode[];

const SCALARS: ReadonlySet<string> = new Set(["bool", "double", "int", "uint", "google.protobuf.Duration", "google.protobuf.Timestamp"]);

function sizeOf({ size, place, type }: Known): Range {
  if (size) return size;
  if (place) return range(0, place.most);
  return SCALARS.has(type) ? ONE : UNBOUNDED;
}

function look(node: CelNode, scope: Scope): Known {
  const type = typeOf(node);
  const [first, second] = Array.isArray(node.args) ? (node.args as unknown[]) : [];
  switch (node.op) {
    case "value":
      return { cost: NOTHING, size: sizeOfConstant(node.args), type };
    case "id":
      return { ...(scope.get(node.args as string) ?? { place: undefined }), cost: ONE, type };
    case ".":
    case ".?":
      return select(look(first as CelNode, scope), second as string, type);
    case "[]":
    case "[?]":
      return index(look(first as CelNode, scope), look(second as CelNode, scope), type);
    case "list":
      return literal(nodes(node.args), nodes(node.args).length, LIST, scope, type);
    case "map":
      return literal((node.args as CelNode[][]).flat(), (node.args as unknown[]).length, MAP, scope, type);
    case "?:":
      return choose(nodes(node.args).map((arg) => look(arg, scope)) as [Known, Known, Known], type);
    case "!_":
    case "-_":
      return { cost: add(ONE, look(node.args as CelNode, scope).cost), type };
    case "call":
      return call(first as string, undefined, nodes(second), scope, type);
    case "rcall":
      return call(first as string, second as CelNode, nodes((node.args as unknown[])[2]), scope, type);
    default:
      return operator(node.op, nodes(node.args).map((arg) => look(arg, scope)) as [Known, Known], type);
  }
}

function sizeOfConstant(value: unknown): Range {
  if (typeof value === "string") return range([...value].length);
  return value instanceof Uint8Array ? range(value.length) : ONE;
}

function select(of: Known, field: string, type: string): Known {
  const place = of.place?.fields?.get(field) ?? (of.place?.keys ? of.place.element : undefined);
  return { cost: of.type === "dyn" ? of.cost : add(of.cost, ONE), place, type };
}

function index(of: Known, at: Known, type: string): Known {
  return { cost: add(of.cost, at.cost, ONE), place: of.place?.element, type };
}

function literal(parts: readonly CelNode[], count: number, base: Range, scope: Scope, type: string): Known {
  return { cost: add(base, ...parts.map((part) => look(part, scope).cost)), size: range(count), type };
}

function choose([condition, yes, no]: [Known, Known, Known], type: string): Known {
  return { cost: add(condition.cost, union(yes.cost, no.cost)), size: union(sizeOf(yes), sizeOf(no)), type };
}

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

function operator(op: string, [left, right]: [Known, Known], type: string): Known {
  const operands = add(left.cost, right.cost);
  if (op === "&&" || op === "||") return { cost: range(left.cost.min, operands.max), type };
  if (op === "in") return { cost: add(operands, sizeOf(right)), type };
  if (COMPARISONS.has(op)) return { cost: add(operands, compare(left, right)), type };
  const joined = add(sizeOf(left), sizeOf(right));
  if (op === "+" && type.startsWith("list")) return { cost: add(operands, ONE), size: joined, type };
  if (op === "+" && (type === "string" || type === "bytes")) return { cost: add(operands, scale(joined, TRAVERSAL)), size: joined, type };
  return { cost: add(operands, ONE), type };
}

/** Two values are compared until the shorter one ends. Order of other values than texts costs nothing of their size. */
function compare(left: Known, right: Known): Range {
  const most = Math.min(sizeOf(left).max, sizeOf(right).max);
  return scale(range(most > 0 ? 1 : 0, most), TRAVERSAL);
}

function call(name: string, target: CelNode | undefined, args: readonly CelNode[], scope: Scope, type: string): Known {
  if (name === "has" && !target && args.length === 1) return present(args[0] as CelNode, scope, type);
  if (target && isNamespace(target)) return ofNamespace(name, args, scope, type);
  if (target && LOOPS[name] && args[0]?.op === "id" && args.length >= 2) return loop(name, look(target, scope), args, scope, type);
  if (target && (name === "optMap" || name === "optFlatMap")) return optional(name, look(target, scope), args, scope, type);
  const of = target && look(target, scope);
  const given = args.map((arg) => look(arg, scope));
  const own = (of ? ofMethod(name, of, given, args) : undefined) ?? ofFunction(name, of, given);
  return { ...own, cost: add(own.cost, ...(of ? [of.cost] : []), ...given.map(({ cost }) => cost)), type };
}

/** Asking whether a field is there is free. */
function present(field: CelNode, scope: Scope, type: string): Known {
  const [of] = nodes(field.args);
  return { cost: field.op === "." && of ? look(of, scope).cost : look(field, scope).cost, type };
}

const isNamespace = ({ op, args }: CelNode) => op === "id" && typeof args === "string" && NAMESPACES.has(args);
const NAMESPACES: ReadonlySet<string> = new Set(["sets", "cel", "optional", "strings", "ip"]);

function ofNamespace(name: string, args: readonly CelNode[], scope: Scope, type: string): Known {
  if (name === "bind") {
    const [variable, value, body] = args as [CelNode, CelNode, CelNode];
    const bound = look(value, scope);
    const inner = look(body, new Map(scope).set(variable.args as string, bound));
    return { ...inner, cost: add(bound.cost, inner.cost, LIST, ONE), type };
  }
  const given = args.map((arg) => look(arg, scope));
  const costs = given.map(({ cost }) => cost);
  const [a, b] = given;
  if (a && b && SETS.has(name)) return { cost: add(...costs, ONE, multiply(sizeOf(a), sizeOf(b))), type };
  if (a && name === "isCanonical") return { cost: add(...costs, scale(sizeOf(a), 2 * TRAVERSAL)), type };
  return { cost: add(...costs, ONE), type };
}

const SETS: ReadonlySet<string> = new Set(["contains", "equivalent", "intersects"]);

/** What a loop does beside its parts: once; in each round, with what it does for its last argument and for those before. */
interface Loop {
  once: Range;
  round(parts: readonly Range[]): Range;
}

const LOOPS: Readonly<Record<string, Loop>> = {
  all: { once: ONE, round: ([test = NOTHING]) => add(range(2), range(1, 1 + test.max)) },
  exists: { once: ONE, round: ([test = NOTHING]) => add(range(3), range(1, 1 + test.max)) },
  exists_one: { once: range(2), round: ([test = NOTHING]) => add(test, range(1, 2)) },
  filter: { once: range(11), round: ([test = NOTHING]) => add(test, range(1, 13)) },
  map: {
    once: range(11),
    round: ([first = NOTHING, second]) => (second ? add(first, union(ONE, add(range(12), second))) : add(range(12), first)),
  },
};

function loop(name: string, over: Known, [variable, ...parts]: readonly CelNode[], scope: Scope, type: string): Known {
  const { once, round } = LOOPS[name] as Loop;
  const isMap = over.type.startsWith("map");
  const item: Known = { cost: ONE, place: isMap ? over.place?.keys : over.place?.element, type: "" };
  const inner = new Map(scope).set(variable?.args as string, item);
  const rounds = sizeOf(over);
  const each = round(parts.map((part) => look(part, inner).cost));
  return { cost: add(over.cost, once, multiply(rounds, each)), size: rounds, type };
}

/** As the macros stand for it: `x.hasValue() ? optional.of(...) : optional.none()`. */
function optional(name: string, of: Known, [variable, body]: readonly CelNode[], scope: Scope, type: string): Known {
  const inner = look(body as CelNode, new Map(scope).set(variable?.args as string, { cost: ONE, place: undefined, type: "" }));
  const value = add(of.cost, ONE, inner.cost, LIST, ONE);
  return { cost: add(of.cost, ONE, union(ONE, name === "optMap" ? add(value, ONE) : value)), type };
}

type Estimate = Pick<Known, "cost" | "size">;

/** Methods that look at all of their value. */
function ofMethod(name: string, of: Known, args: readonly Known[], syntax: readonly CelNode[]): Estimate | undefined {
  const size = sizeOf(of);
  const [a, b] = args;
  switch (name) {
    case "startsWith":
    case "endsWith":
      return { cost: a ? scale(sizeOf(a), TRAVERSAL) : ONE };
    case MATCHES:
      return { cost: a ? matching(size, sizeOf(a)) : ONE };
    case "contains":
      return { cost: a ? multiply(scale(size, TRAVERSAL), scale(sizeOf(a), TRAVERSAL)) : ONE };
    case "format":
      return { cost: scale(size, TRAVERSAL) };
    case "lowerAscii":
    case "upperAscii":
    case "substring":
    case "trim":
      return { cost: scale(size, TRAVERSAL), size };
    case "find":
    case "findAll":
      return a && { cost: matching(size, sizeOf(a)), size: range(0, size.max) };
    case "replace":
      return a && b && { cost: scale(size, 2 * TRAVERSAL), size: replaced(size, sizeOf(a), sizeOf(b)) };
    case "split":
      return { cost: scale(size, 2 * TRAVERSAL), size: range(0, partsOf(size, syntax[1])) };
    case "join":
      return join(of, a);
    default:
      return TRAVERSING.has(name) ? { cost: traversal(of) } : undefined;
  }
}

const TRAVERSING: ReadonlySet<string> = new Set(["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"]);

/** One more character than there are: an empty text is matched, too. */
const matching = (text: Range, pattern: Range) => multiply(scale(add(text, ONE), TRAVERSAL), scale(pattern, PATTERN));

function traversal(of: Known): Range {
  const { element } = of.place ?? {};
  if (!of.type.startsWith("list")) return scale(sizeOf(of), TRAVERSAL);
  const texts = /^list<(string|bytes)>$/.test(of.type);
  const each = texts ? add(ONE, scale(element ? range(0, element.most) : UNBOUNDED, TRAVERSAL)) : ONE;
  return multiply(sizeOf(of), each);
}

/** How long a text is after its parts were replaced by others. */
function replaced(text: Range, part: Range, by: Range): Range {
  const most =
    part.min === 0 ? times(text.max + 1, by.max) + text.max : by.max <= part.min ? text.max : times(Math.ceil(text.max / part.min), by.max);
  const least =
    part.max === 0 ? times(text.min + 1, by.min) + text.min : part.max <= by.min ? text.min : times(Math.ceil(text.min / part.max), by.min);
  return range(least, most);
}

/** Each character may be a part of its own, unless the call says how many there are at most. */
function partsOf(text: Range, limit: CelNode | undefined): number {
  return limit?.op === "value" && Number(limit.args) >= 0 ? Number(limit.args) : text.max;
}

function join(of: Known, separator: Known | undefined): Estimate {
  const count = sizeOf(of);
  const { element } = of.place ?? {};
  const texts = multiply(count, element ? range(0, element.most) : UNBOUNDED);
  const between = range(Math.max(0, count.min - 1), Math.max(0, count.max - 1));
  const size = separator ? add(texts, multiply(sizeOf(separator), between)) : texts;
  return { cost: scale(size, TRAVERSAL), size };
}

const PARSING: ReadonlySet<string> = new Set(["url", "isURL", "quantity", "isQuantity", "ip", "isIP", "cidr", "isCIDR"]);

function ofFunction(name: string, of: Known | undefined, args: readonly Known[]): Estimate {
  const [a, b] = args;
  if (of || !a) return { cost: ONE };
  if (name === "matches" && b) return { cost: matching(sizeOf(a), sizeOf(b)) };
  if (PARSING.has(name)) return { cost: scale(sizeOf(a), TRAVERSAL) };
  if (name === "bytes" && a.type === "string") return { cost: scale(sizeOf(a), TRAVERSAL), size: range(sizeOf(a).min, sizeOf(a).max * 4) };
  if (name === "string" && a.type === "bytes")
    return { cost: scale(sizeOf(a), TRAVERSAL), size: range(Math.floor(sizeOf(a).min / 4), sizeOf(a).max) };
  return { cost: ONE };
}
