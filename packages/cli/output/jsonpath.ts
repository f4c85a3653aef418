import { evaluateJsonPath, type JsonPath, parseJsonPath, showJsonPathValue, unescapeJsonPath } from "@wherry/machinery/json-path.ts";
import { UsageError } from "../errors.ts";

/**
 * Kubernetes' JSONPath templates: text with `{...}` actions (paths, quoted text, `range`/`end`).
 * Source: client-go util/jsonpath, and the JSONPath page of the Kubernetes documentation.
 */
type Node = { text: string } | { path: JsonPath } | { range: JsonPath; body: Node[] };

/** Renders the template over `data`; `strict` makes a path that finds nothing an error. Throws a UsageError that shows where the template is wrong. */
export function renderJsonPath(template: string, data: unknown, strict = false): string {
  return render(new TemplateParser(template).parse(), data, { root: data, strict });
}

/** All that the template's paths find, as one list in JSON. Source: kubectl's `-o jsonpath-as-json`. */
export function renderJsonPathAsJson(template: string, data: unknown): string {
  const paths = new TemplateParser(template).parse().filter((node): node is { path: JsonPath } => "path" in node);
  return `${JSON.stringify(
    paths.flatMap(({ path }) => evaluateJsonPath(path, data, data)),
    null,
    4,
  )}\n`;
}

/** All values that one path finds; the braces may be left out, and the leading dot too. */
export function findJsonPath(path: string, data: unknown): unknown[] {
  const bare = path.replace(/^\{(.*)\}$/s, "$1");
  const dotted = /^[.[$@]/.test(bare) ? bare : `.${bare}`;
  return evaluateJsonPath(parsePath(dotted), data, data);
}

/** A value as templates print it: text bare, anything else as JSON. */
export const showValue = showJsonPathValue;

function parsePath(text: string): JsonPath {
  try {
    return parseJsonPath(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function render(nodes: readonly Node[], current: unknown, scope: { root: unknown; strict: boolean }): string {
  return nodes
    .map((node) => {
      if ("text" in node) return node.text;
      if ("range" in node) {
        return evaluateJsonPath(node.range, current, scope.root)
          .map((item) => render(node.body, item, scope))
          .join("");
      }
      const found = evaluateJsonPath(node.path, current, scope.root);
      if (scope.strict && !found.length) throw new UsageError(`error executing jsonpath: ${lastField(node.path)} is not found`);
      return found.map(showValue).join(" ");
    })
    .join("");
}

const lastField = ({ steps }: JsonPath): string => steps.findLast((step) => step.type === "field")?.name ?? "the value";

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
      const range = parsePath(action.slice(6).trim());
      const body = this.#nodes();
      if (this.#action() !== "end") throw new UsageError(`error parsing jsonpath ${this.#text}: unclosed action, {range} without {end}`);
      return [{ range, body }];
    }
    const quoted = /^(["'])(.*)\1$/s.exec(action);
    if (quoted) return [{ text: unescapeJsonPath(quoted[2] as string) }];
    return [{ path: parsePath(action) }];
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
    throw new UsageError(`error parsing jsonpath ${this.#text}, unclosed action`);
  }
}
