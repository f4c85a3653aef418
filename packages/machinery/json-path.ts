/**
 * Kubernetes' JSONPath, one path of it: `.items[?(@.status.phase=="Running")].metadata.name`. Templates are built of such paths.
 * Source: client-go util/jsonpath, and the JSONPath page of the Kubernetes documentation.
 */
type Step =
  | { type: "field"; name: string }
  | { type: "all" }
  | { type: "descend" }
  | { type: "slice"; from: number | undefined; to: number | undefined; by: number }
  | { type: "union"; picks: (string | number)[] }
  | { type: "filter"; left: Operand; operator: string | undefined; right: Operand | undefined };

type Operand = { path: JsonPath } | { literal: unknown };

/** A path that was read. */
export interface JsonPath {
  readonly root: boolean;
  readonly steps: readonly Step[];
}

/** Reads a path, without braces. Throws an Error that shows where it is wrong. */
export function parseJsonPath(path: string): JsonPath {
  return new PathParser(path).parse();
}

/** All values that the path finds; `$` in it is `root`. */
export function evaluateJsonPath(path: JsonPath, current: unknown, root: unknown = current): unknown[] {
  return path.steps.reduce<unknown[]>((values, step) => values.flatMap((value) => take(step, value, root)), [path.root ? root : current]);
}

/** A value as JSONPath prints it: text bare, anything else as JSON. */
export function showJsonPathValue(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}

function take(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.type) {
    case "field":
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "all":
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case "descend":
      return [value, ...take({ type: "all" }, value, root).flatMap((child) => take(step, child, root))];
    case "union":
      return step.picks.flatMap((pick) => (typeof pick === "string" ? take({ type: "field", name: pick }, value, root) : at(value, pick)));
    case "slice":
      return slice(step, value);
    case "filter":
      return (Array.isArray(value) ? value : []).filter((item) => passes(step, item, root));
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const at = (value: unknown, index: number): unknown[] => (Array.isArray(value) && value.at(index) !== undefined ? [value.at(index)] : []);

function slice({ from, to, by }: { from: number | undefined; to: number | undefined; by: number }, value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(from, to).filter((_, i) => i % by === 0) : [];
}

function passes(filter: Extract<Step, { type: "filter" }>, item: unknown, root: unknown): boolean {
  const value = (operand: Operand) => ("literal" in operand ? operand.literal : evaluateJsonPath(operand.path, item, root)[0]);
  const left = value(filter.left);
  if (!filter.operator || !filter.right) return left !== undefined;
  const right = value(filter.right);
  if (filter.operator === "==") return left === right;
  if (filter.operator === "!=") return left !== right;
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string")) return false;
  const order = left < (right as typeof left) ? -1 : left > (right as typeof left) ? 1 : 0;
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[filter.operator] ?? false;
}

/** A quoted text without its escapes. */
export const unescapeJsonPath = (text: string) => text.replace(/\\(.)/g, (_, c: string) => ({ n: "\n", t: "\t", r: "\r" })[c] ?? c);

/** Parses one path, such as `.items[?(@.status.phase=="Running")].metadata.name`. */
class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): JsonPath {
    const path = this.#path();
    if (this.#at < this.#text.length) throw this.#wrong();
    return path;
  }

  #wrong(): Error {
    return new Error(`error parsing jsonpath {${this.#text}}: unexpected ${JSON.stringify(this.#text.slice(this.#at))}`);
  }

  #path(): JsonPath {
    const root = this.#text[this.#at] === "$";
    if (root || this.#text[this.#at] === "@") this.#at++;
    const steps: Step[] = [];
    for (let step = this.#step(); step; step = this.#step()) steps.push(...step);
    return { root, steps };
  }

  #step(): Step[] | undefined {
    if (this.#take("..")) return [{ type: "descend" }, ...(this.#text[this.#at] === "[" ? [] : [this.#field()])];
    if (this.#take(".")) return this.#text[this.#at] === "[" || this.#at === this.#text.length ? [] : [this.#field()];
    if (this.#take("[")) return [this.#bracket()];
    return undefined;
  }

  #field(): Step {
    const match = /^(?:\\.|[^.[\]\s=!<>(){}'",])+/.exec(this.#text.slice(this.#at));
    if (!match) throw this.#wrong();
    this.#at += match[0].length;
    return match[0] === "*" ? { type: "all" } : { type: "field", name: match[0].replace(/\\(.)/g, "$1") };
  }

  #bracket(): Step {
    if (this.#take("?(")) return this.#filter();
    const end = this.#closing();
    const inner = this.#text.slice(this.#at, end).trim();
    this.#at = end + 1;
    if (inner === "*") return { type: "all" };
    const range = /^(-?\d*):(-?\d*)(?::(\d+))?$/.exec(inner);
    if (range) return { type: "slice", from: number(range[1]), to: number(range[2]), by: number(range[3]) ?? 1 };
    return { type: "union", picks: inner.split(",").map((pick) => pickOf(pick.trim()) ?? this.#throwWrong()) };
  }

  #throwWrong(): never {
    throw this.#wrong();
  }

  #closing(): number {
    const end = /^(?:'[^']*'|"[^"]*"|[^\]'"])*\]/.exec(this.#text.slice(this.#at));
    if (!end) throw new Error(`error parsing jsonpath {${this.#text}}: unterminated array`);
    return this.#at + end[0].length - 1;
  }

  #filter(): Step {
    const left = this.#operand();
    const operator = /^(==|!=|<=|>=|<|>)/.exec(this.#text.slice(this.#at))?.[0];
    if (operator) this.#at += operator.length;
    const right = operator ? this.#operand() : undefined;
    if (!this.#take(")]")) throw new Error(`error parsing jsonpath {${this.#text}}: unterminated filter`);
    return { type: "filter", left, operator, right };
  }

  #operand(): Operand {
    this.#skipSpace();
    const literal = /^(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(-?\d+(?:\.\d+)?)|(true|false))/.exec(this.#text.slice(this.#at));
    if (literal) {
      this.#at += literal[0].length;
      this.#skipSpace();
      const [, double, single, digits, truth] = literal;
      return {
        literal: digits !== undefined ? Number(digits) : truth !== undefined ? truth === "true" : unescapeJsonPath(double ?? single ?? ""),
      };
    }
    const path = this.#path();
    this.#skipSpace();
    return { path };
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
}

const number = (text: string | undefined): number | undefined => (text ? Number(text) : undefined);

function pickOf(text: string): string | number | undefined {
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted) return quoted[2];
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}
