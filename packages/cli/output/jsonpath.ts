import { UsageError } from "../errors.ts";

/**
 * Kubernetes' JSONPath templates: text with `{...}` actions (paths, quoted text, `range`/`end`).
 * Source: client-go util/jsonpath, and the JSONPath page of the Kubernetes documentation.
 */
type Step =
  | { type: "field"; name: string }
  | { type: "all" }
  | { type: "descend" }
  | { type: "slice"; from: number | undefined; to: number | undefined; by: number }
  | { type: "union"; picks: (string | number)[] }
  | { type: "filter"; left: Operand; operator: string | undefined; right: Operand | undefined };

type Operand = { path: Path } | { literal: unknown };
type Path = { root: boolean; steps: Step[] };
type Node = { text: string } | { path: Path } | { range: Path; body: Node[] };

/** Renders the template over `data`; `strict` makes a path that finds nothing an error. Throws a UsageError that shows where the template is wrong. */
export function renderJsonPath(template: string, data: unknown, strict = false): string {
  return render(new TemplateParser(template).parse(), data, { root: data, strict });
}

/** All that the template's paths find, as one list in JSON. Source: kubectl's `-o jsonpath-as-json`. */
export function renderJsonPathAsJson(template: string, data: unknown): string {
  const paths = new TemplateParser(template).parse().filter((node): node is { path: Path } => "path" in node);
  return `${JSON.stringify(
    paths.flatMap(({ path }) => evaluate(path, data, data)),
    null,
    4,
  )}\n`;
}

/** All values that one path finds; the braces may be left out, and the leading dot too. */
export function findJsonPath(path: string, data: unknown): unknown[] {
  const bare = path.replace(/^\{(.*)\}$/s, "$1");
  const dotted = /^[.[$@]/.test(bare) ? bare : `.${bare}`;
  return evaluate(new PathParser(dotted).parse(), data, data);
}

/** A value as templates print it: text bare, anything else as JSON. */
export function showValue(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}

function render(nodes: readonly Node[], current: unknown, scope: { root: unknown; strict: boolean }): string {
  return nodes
    .map((node) => {
      if ("text" in node) return node.text;
      if ("range" in node) {
        return evaluate(node.range, current, scope.root)
          .map((item) => render(node.body, item, scope))
          .join("");
      }
      const found = evaluate(node.path, current, scope.root);
      if (scope.strict && !found.length) throw new UsageError(`error executing jsonpath: ${lastField(node.path)} is not found`);
      return found.map(showValue).join(" ");
    })
    .join("");
}

const lastField = ({ steps }: Path): string => steps.findLast((step) => step.type === "field")?.name ?? "the value";

function evaluate(path: Path, current: unknown, root: unknown): unknown[] {
  return path.steps.reduce<unknown[]>((values, step) => values.flatMap((value) => take(step, value, root)), [path.root ? root : current]);
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
  const value = (operand: Operand) => ("literal" in operand ? operand.literal : evaluate(operand.path, item, root)[0]);
  const left = value(filter.left);
  if (!filter.operator || !filter.right) return left !== undefined;
  const right = value(filter.right);
  if (filter.operator === "==") return left === right;
  if (filter.operator === "!=") return left !== right;
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string")) return false;
  const order = left < (right as typeof left) ? -1 : left > (right as typeof left) ? 1 : 0;
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[filter.operator] ?? false;
}

/** Cuts a template into text and actions. */
class TemplateParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node[] {
    const nodes = this.#nodes();
    if (this.#at < this.#text.length) throw new UsageError(`error parsing jsonpath ${this.#text}: not in range, nothing to end`);
    return nodes;
  }

  /** Reads up to the `{end}` that closes the surrounding range, or to the end of the text. */
  #nodes(): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf("{", this.#at);
      if (open !== this.#at) nodes.push({ text: this.#text.slice(this.#at, open < 0 ? undefined : open) });
      if (open < 0) {
        this.#at = this.#text.length;
        break;
      }
      this.#at = open;
      const action = this.#action();
      if (action === "end") {
        this.#at = open;
        break;
      }
      nodes.push(...this.#node(action));
    }
    return nodes;
  }

  #node(action: string): Node[] {
    if (action.startsWith("range ")) {
      const range = new PathParser(action.slice(6).trim()).parse();
      const body = this.#nodes();
      if (this.#action() !== "end") throw new UsageError(`error parsing jsonpath ${this.#text}: unclosed action, {range} without {end}`);
      return [{ range, body }];
    }
    const quoted = /^(["'])(.*)\1$/s.exec(action);
    if (quoted) return [{ text: withEscapes(quoted[2] as string) }];
    return [{ path: new PathParser(action).parse() }];
  }

  /** The text between the braces at the current place; moves behind them unless it is `end` that someone else must see. */
  #action(): string {
    const start = this.#at;
    if (this.#text[start] !== "{") return "";
    let quote = "";
    for (let i = start + 1; i < this.#text.length; i++) {
      const c = this.#text[i] as string;
      if (quote) {
        if (c === "\\") i++;
        else if (c === quote) quote = "";
      } else if (c === '"' || c === "'") quote = c;
      else if (c === "}") {
        this.#at = i + 1;
        return this.#text.slice(start + 1, i).trim();
      }
    }
    throw new UsageError(`error parsing jsonpath ${this.#text}: unclosed action`);
  }
}

const withEscapes = (text: string) => text.replace(/\\(.)/g, (_, c: string) => ({ n: "\n", t: "\t", r: "\r" })[c] ?? c);

/** Parses one path, such as `.items[?(@.status.phase=="Running")].metadata.name`. */
class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Path {
    const path = this.#path();
    if (this.#at < this.#text.length) throw this.#wrong();
    return path;
  }

  #wrong(): UsageError {
    return new UsageError(`error parsing jsonpath {${this.#text}}: unexpected ${JSON.stringify(this.#text.slice(this.#at))}`);
  }

  #path(): Path {
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
    if (!end) throw new UsageError(`error parsing jsonpath {${this.#text}}: unterminated array`);
    return this.#at + end[0].length - 1;
  }

  #filter(): Step {
    const left = this.#operand();
    const operator = /^(==|!=|<=|>=|<|>)/.exec(this.#text.slice(this.#at))?.[0];
    if (operator) this.#at += operator.length;
    const right = operator ? this.#operand() : undefined;
    if (!this.#take(")]")) throw new UsageError(`error parsing jsonpath {${this.#text}}: unterminated filter`);
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
        literal: digits !== undefined ? Number(digits) : truth !== undefined ? truth === "true" : withEscapes(double ?? single ?? ""),
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
