import { lex, type Token, type TokenType } from "./lex.ts";
import { characterValue, quoteGo, unquoteGo } from "./quote.ts";

/** An operand of a command. */
export type Operand =
  | { type: "field"; names: string[]; at: number }
  | { type: "variable"; names: string[]; at: number }
  | { type: "chain"; of: Operand; names: string[]; at: number }
  | { type: "identifier"; name: string; at: number }
  | { type: "constant"; value: boolean | number | bigint | string; text: string; at: number }
  | { type: "dot" | "nil"; at: number }
  | (Pipe & { type: "pipe" });

/** A command and its arguments. */
export interface Command {
  args: Operand[];
  at: number;
}

/** Commands, each with the value of the one before as its last argument; and the variables that get the last value. */
export interface Pipe {
  declares: string[];
  assigns: boolean;
  commands: Command[];
  at: number;
  line: number;
}

interface Branch {
  pipe: Pipe;
  body: Node[];
  otherwise: Node[];
  at: number;
}

/** A part of a template. */
export type Node =
  | { type: "text"; text: string }
  | { type: "action"; pipe: Pipe; at: number }
  | (Branch & { type: "if" | "with" })
  | (Branch & { type: "range" })
  | { type: "break" | "continue" }
  | { type: "template"; name: string; pipe: Pipe | undefined; at: number };

/** A template and those that it defines, by name. */
export type Templates = Map<string, Node[]>;

/** Thrown with the words of Go's parser. */
export class TemplateSyntaxError extends Error {}

/** Parses a template. Throws a TemplateSyntaxError. Source: Go's text/template/parse/parse.go. */
export function parseTemplate(name: string, text: string, functions: ReadonlySet<string>): Templates {
  return new Parser(name, text, functions).parse();
}

const isDefine = ({ type, text }: Token): boolean => type === "keyword" && text === "define";

type End = "end" | "else" | "eof";

class Parser {
  readonly #name: string;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: Token[];
  readonly #templates: Templates = new Map();
  #next = 0;
  #last: Token;
  #variables: string[] = ["$"];
  #actionLine = 0;
  #ranges = 0;

  constructor(name: string, text: string, functions: ReadonlySet<string>) {
    this.#name = name;
    this.#functions = functions;
    this.#tokens = lex(text);
    this.#last = this.#tokens[0] as Token;
  }

  parse(): Templates {
    const nodes: Node[] = [];
    while (this.#peek().type !== "eof") {
      const start = this.#next;
      if (this.#take().type === "open" && isDefine(this.#skipSpace())) {
        this.#definition();
        continue;
      }
      this.#next = start;
      const node = this.#node();
      if (node === "end" || node === "else") this.#fail(`unexpected {{${node}}}`);
      if (node) nodes.push(node);
    }
    this.#add(this.#name, nodes);
    return this.#templates;
  }

  /** One that is nothing but spaces does not take another's place. */
  #add(name: string, nodes: Node[]): void {
    const empty = (list: Node[]) => list.every((node) => node.type === "text" && !node.text.trim());
    const known = this.#templates.get(name);
    if (!known || empty(known)) this.#templates.set(name, nodes);
    else if (!empty(nodes)) this.#fail(`template: multiple definition of template ${quoteGo(name)}`);
  }

  #definition(): void {
    const name = this.#string("define clause");
    this.#expect("close", "define clause");
    const [variables, ranges] = [this.#variables, this.#ranges];
    [this.#variables, this.#ranges] = [["$"], 0];
    const { nodes, end } = this.#list();
    if (end !== "end") this.#fail(`unexpected {{${end}}} in define clause`);
    [this.#variables, this.#ranges] = [variables, ranges];
    this.#add(name, nodes);
  }

  /** Nodes up to the `end` or `else` that closes them, which is taken. */
  #list(): { nodes: Node[]; end: End } {
    const nodes: Node[] = [];
    while (this.#peek().type !== "eof") {
      const node = this.#node();
      if (node === "end" || node === "else") return { nodes, end: node };
      if (node) nodes.push(node);
    }
    return this.#fail("unexpected EOF");
  }

  #node(): Node | "end" | "else" | undefined {
    const token = this.#skipSpace();
    if (token.type === "text") return { type: "text", text: token.text };
    if (token.type !== "open") return this.#unexpected(token, "input");
    this.#actionLine = token.line;
    try {
      return this.#action();
    } finally {
      this.#actionLine = 0;
    }
  }

  #action(): Node | "end" | "else" | undefined {
    const token = this.#skipSpace();
    if (token.type !== "keyword") {
      this.#back();
      const { at, line: _ } = this.#peek();
      return { type: "action", pipe: this.#pipeline("command", "close"), at };
    }
    switch (token.text) {
      case "if":
      case "with":
      case "range":
        return this.#control(token.text);
      case "end":
        this.#expect("close", "end");
        return "end";
      case "else":
        return this.#else();
      case "break":
      case "continue":
        return this.#loopControl(token.text);
      case "template":
        return this.#template();
      case "block":
        return this.#block();
      default:
        return this.#unexpected(token, "command");
    }
  }

  #loopControl(type: "break" | "continue"): Node {
    const token = this.#skipSpace();
    if (token.type !== "close") this.#unexpected(token, `{{${type}}}`);
    if (!this.#ranges) this.#fail(`{{${type}}} outside {{range}}`);
    return { type };
  }

  /** What follows `else` is read by whom it belongs to: `else if` and `else with` are an inner if or with. */
  #else(): "else" {
    const token = this.#peekAfterSpace();
    if (token.type === "keyword" && (token.text === "if" || token.text === "with")) return "else";
    this.#expect("close", "else");
    return "else";
  }

  #control(type: "if" | "with" | "range"): Node {
    const outer = this.#variables.length;
    const { at } = this.#peekAfterSpace();
    const pipe = this.#pipeline(type, "close");
    if (type === "range") this.#ranges++;
    const { nodes: body, end } = this.#list();
    if (type === "range") this.#ranges--;
    const otherwise = end === "else" ? this.#otherwise(type) : [];
    this.#variables.length = outer;
    return { type, pipe, body, otherwise, at } as Node;
  }

  #otherwise(type: "if" | "with" | "range"): Node[] {
    const token = this.#peek();
    if (token.type === "keyword") {
      this.#take();
      if (token.text !== type) this.#unexpected(token, "else");
      return [this.#control(type)];
    }
    const { nodes, end } = this.#list();
    if (end !== "end") this.#fail("expected end; found {{else}}");
    return nodes;
  }

  #template(): Node {
    const token = this.#skipSpace();
    const name = this.#stringOf(token, "template clause");
    const pipe = this.#peekAfterSpace().type === "close" ? undefined : this.#pipeline("template clause", "close");
    if (!pipe) this.#skipSpace();
    return { type: "template", name, pipe, at: token.at };
  }

  #block(): Node {
    const token = this.#skipSpace();
    const name = this.#stringOf(token, "block clause");
    const pipe = this.#pipeline("block clause", "close");
    const variables = this.#variables;
    this.#variables = ["$"];
    const { nodes, end } = this.#list();
    if (end !== "end") this.#fail(`unexpected {{${end}}} in block clause`);
    this.#variables = variables;
    this.#add(name, nodes);
    return { type: "template", name, pipe, at: token.at };
  }

  #pipeline(context: string, end: TokenType): Pipe {
    const { at, line } = this.#peekAfterSpace();
    const pipe: Pipe = { declares: [], assigns: false, commands: [], at, line };
    this.#declarations(pipe, context);
    for (;;) {
      const token = this.#skipSpace();
      if (token.type === end) {
        this.#check(pipe, context);
        return pipe;
      }
      if (!STARTS_OPERAND.has(token.type)) this.#unexpected(token, context);
      this.#back();
      pipe.commands.push(this.#command());
    }
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  #declarations(pipe: Pipe, context: string): void {
    for (;;) {
      const start = this.#next;
      const variable = this.#skipSpace();
      const sign = variable.type === "variable" ? this.#skipSpace() : undefined;
      if (sign?.type === ":=" || sign?.type === "=") {
        pipe.assigns = sign.type === "=";
        pipe.declares.push(variable.text);
        if (!pipe.assigns) this.#variables.push(variable.text);
        return;
      }
      if (sign?.text === "," && context === "range" && pipe.declares.length < 2) {
        pipe.declares.push(variable.text);
        this.#variables.push(variable.text);
        if (pipe.declares.length < 2 && ["variable", "space"].includes(this.#peek().type)) {
          if (this.#peekAfterSpace().type === "variable") continue;
        }
        this.#fail(`range can only initialize variables`);
        return;
      }
      if (sign?.text === ",") this.#fail(`too many declarations in ${context}`);
      this.#next = start;
      return;
    }
  }

  #check(pipe: Pipe, context: string): void {
    if (!pipe.commands.length) this.#fail(`missing value for ${context}`);
    const bad = pipe.commands.findIndex(
      ({ args: [first] }, i) => i > 0 && (first?.type === "constant" || first?.type === "dot" || first?.type === "nil"),
    );
    if (bad > 0) this.#fail(`non executable command in pipeline stage ${bad + 1}`);
  }

  /** Operands up to `|` or to the end of the pipeline, which stays. */
  #command(): Command {
    const args: Operand[] = [];
    const { at } = this.#peekAfterSpace();
    for (;;) {
      this.#peekAfterSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#take();
      if (token.type === "space") continue;
      if (token.type === "close" || token.type === ")") this.#back();
      else if (token.type !== "|") this.#unexpected(token, "operand");
      break;
    }
    if (!args.length) this.#fail("empty command");
    return { args, at };
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (!node || this.#peek().type !== "field") return node;
    const names: string[] = [];
    const { at } = this.#peek();
    while (this.#peek().type === "field") names.push(this.#take().text.slice(1));
    if (node.type === "field" || node.type === "variable") return { ...node, names: [...node.names, ...names], at };
    if (node.type === "constant" || node.type === "nil" || node.type === "dot")
      return this.#fail(`unexpected . after term ${quoteGo(operandText(node))}`);
    return { type: "chain", of: node, names, at };
  }

  #term(): Operand | undefined {
    const token = this.#skipSpace();
    const { type, text, at } = token;
    switch (type) {
      case "identifier":
        if (!this.#functions.has(text)) this.#fail(`function ${quoteGo(text)} not defined`);
        return { type, name: text, at };
      case "dot":
      case "nil":
        return { type, at };
      case "variable":
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quoteGo(text)}`);
        return { type, names: [text], at };
      case "field":
        return { type, names: [text.slice(1)], at };
      case "boolean":
        return { type: "constant", value: text === "true", text, at };
      case "number":
      case "character":
        return { type: "constant", value: this.#number(token), text, at };
      case "string":
      case "raw":
        return { type: "constant", value: this.#unquoted(token), text, at };
      case "(":
        return { ...this.#pipeline("parenthesized pipeline", ")"), type: "pipe" };
      default:
        this.#back();
        return undefined;
    }
  }

  #number({ type, text }: Token): number | bigint {
    if (type === "character") {
      const code = characterValue(text);
      return code === undefined ? this.#fail(`malformed character constant: ${text}`) : BigInt(code);
    }
    const bareText = text.replaceAll("_", "");
    const [, sign = "", digits = ""] = /^([+-]?)(.*)$/.exec(bareText) ?? [];
    const based = digits.replace(/^0(?=[0-7]+$)/, "0o");
    if (/^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)$/.test(based)) {
      const value = sign === "-" ? -BigInt(based) : BigInt(based);
      return BigInt.asIntN(64, value) === value ? value : this.#fail(`integer overflow: ${quoteGo(text)}`);
    }
    const value = /^([0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?)$/.test(digits) ? Number(bareText) : Number.NaN;
    return Number.isNaN(value) || digits === "" ? this.#fail(`illegal number syntax: ${quoteGo(text)}`) : value;
  }

  #unquoted({ text }: Token): string {
    const value = unquoteGo(text);
    return value === undefined ? this.#fail("invalid syntax") : value;
  }

  #string(context: string): string {
    return this.#stringOf(this.#skipSpace(), context);
  }

  #stringOf(token: Token, context: string): string {
    if (token.type !== "string" && token.type !== "raw") this.#unexpected(token, context);
    return this.#unquoted(token);
  }

  #expect(type: TokenType, context: string): void {
    const token = this.#skipSpace();
    if (token.type !== type) this.#unexpected(token, context);
  }

  #peek(): Token {
    const token = this.#tokens[this.#next] ?? (this.#tokens.at(-1) as Token);
    this.#last = token;
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #back(): void {
    this.#next--;
  }

  #skipSpace(): Token {
    while (this.#peek().type === "space") this.#next++;
    return this.#take();
  }

  #peekAfterSpace(): Token {
    const token = this.#skipSpace();
    this.#back();
    return token;
  }

  #unexpected(token: Token, context: string): never {
    if (token.type !== "error") return this.#fail(`unexpected ${shown(token)} in ${context}`);
    const elsewhere = this.#actionLine !== 0 && this.#actionLine !== token.line;
    const where = `${token.text.endsWith(" action") ? "" : " in action"} started at ${this.#name}:${this.#actionLine}`;
    return this.#fail(`${token.text}${elsewhere ? where : ""}`);
  }

  #fail(message: string): never {
    throw new TemplateSyntaxError(`template: ${this.#name}:${this.#last.line}: ${message}`);
  }
}

const STARTS_OPERAND: ReadonlySet<TokenType> = new Set<TokenType>(
  (["boolean", "character", "dot", "field", "identifier", "number", "nil", "raw", "string", "variable", "("] as const).values(),
);

/** As Go's parser shows a token. */
function shown({ type, text }: Token): string {
  if (type === "eof") return "EOF";
  if (type === "keyword" || type === "nil" || type === "dot") return `<${text}>`;
  return text.length > 10 ? `${quoteGo(text.slice(0, 10))}...` : quoteGo(text);
}

/** An operand as messages show it. */
export function operandText(node: Operand): string {
  switch (node.type) {
    case "field":
      return node.names.map((name) => `.${name}`).join("");
    case "variable":
      return node.names.join(".");
    case "identifier":
      return node.name;
    case "constant":
      return node.text;
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "pipe":
      return `(${pipeText(node)})`;
    case "chain":
      return `${operandText(node.of)}${node.names.map((name) => `.${name}`).join("")}`;
  }
}

/** A command as messages show it. */
export const commandText = ({ args }: Command): string => args.map(operandText).join(" ");

/** A pipeline as messages show it. */
export function pipeText({ declares, assigns, commands }: Pipe): string {
  const variables = declares.length ? `${declares.join(", ")} ${assigns ? "=" : ":="} ` : "";
  return variables + commands.map(commandText).join(" | ");
}
