import { formatValue } from "./format.ts";
import { FUNCTION_NAMES, FUNCTIONS, FunctionError, type TemplateFunction } from "./functions.ts";
import {
  type Command,
  commandText,
  type Node,
  type Operand,
  operandText,
  type Pipe,
  parseTemplate,
  pipeText,
  type Templates,
} from "./parse.ts";
import { quoteGo } from "./quote.ts";
import { bare, boxed, declaredType, type GoValue, type Held, intOf, isMap, sortedKeys, truth, typeOf } from "./value.ts";

/** Thrown with Go's words when a template meets a value that it cannot work with. */
export class TemplateExecutionError extends Error {}

const MAX_DEPTH = 1000;

/** A parsed template: Go's text/template with the functions of kubectl. */
export class GoTemplate {
  readonly #name: string;
  readonly #text: string;
  readonly #templates: Templates;

  /** Throws a TemplateSyntaxError. */
  constructor(name: string, text: string) {
    this.#name = name;
    this.#text = text;
    this.#templates = parseTemplate(name, text, FUNCTION_NAMES);
  }

  /**
   * Writes the template over `data`; what was written before an error stays written. With `strict` a key that is not there is an error. Throws a
   * TemplateExecutionError.
   */
  execute(data: GoValue, write: (text: string) => void, strict = false): void {
    new Execution({ name: this.#name, text: this.#text, templates: this.#templates, strict, write }).run(data);
  }
}

interface Run {
  name: string;
  text: string;
  templates: Templates;
  strict: boolean;
  write(text: string): void;
}

interface Variable {
  name: string;
  held: Held;
}

class LoopControl {
  readonly type: "break" | "continue";
  constructor(type: "break" | "continue") {
    this.type = type;
  }
}

/** What of a template is being done, for the place in a message. */
interface At {
  at: number;
  text: string;
}

const MISSING: Held = { value: undefined, boxed: false };

/** One template being executed, with its variables. Source: Go's text/template/exec.go. */
class Execution {
  readonly #run: Run;
  readonly #template: string;
  readonly #depth: number;
  #variables: Variable[] = [];
  #place: At | undefined;

  constructor(run: Run, template = run.name, depth = 0) {
    this.#run = run;
    this.#template = template;
    this.#depth = depth;
  }

  run(data: GoValue): void {
    this.start(bare(data), this.#run.templates.get(this.#template) as Node[]);
  }

  start(dot: Held, nodes: readonly Node[]): void {
    this.#variables = [{ name: "$", held: dot }];
    this.#list(dot, nodes);
  }

  #list(dot: Held, nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(dot, node);
  }

  #node(dot: Held, node: Node): void {
    switch (node.type) {
      case "text":
        this.#run.write(node.text);
        return;
      case "action": {
        const held = this.#pipeline(dot, node.pipe);
        if (!node.pipe.declares.length) this.#run.write(printed(held.value));
        return;
      }
      case "if":
      case "with":
        this.#branch(dot, node);
        return;
      case "range":
        this.#range(dot, node);
        return;
      case "template":
        this.#call(dot, node);
        return;
      default:
        throw new LoopControl(node.type);
    }
  }

  #branch(dot: Held, { type, pipe, body, otherwise }: Node & { type: "if" | "with" }): void {
    const outer = this.#variables.length;
    const held = this.#pipeline(dot, pipe);
    if (truth(held.value)) this.#list(type === "with" ? held : dot, body);
    else this.#list(dot, otherwise);
    this.#variables.length = outer;
  }

  #range(dot: Held, node: Node & { type: "range" }): void {
    const outer = this.#variables.length;
    const { value } = this.#pipeline(dot, node.pipe);
    const inner = this.#variables.length;
    const rounds = this.#rounds(value);
    for (const [key, element] of rounds) {
      this.#setRangeVariables(node.pipe, bare(key), element);
      try {
        this.#list(element, node.body);
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error;
        if (error.type === "break") break;
      } finally {
        this.#variables.length = inner;
      }
    }
    if (!rounds.length) this.#list(dot, node.otherwise);
    this.#variables.length = outer;
  }

  #rounds(value: GoValue): [GoValue, Held][] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((element, i) => [BigInt(i), boxed(element)]);
    if (isMap(value)) return sortedKeys(value).map((key) => [key, boxed(value[key])]);
    const count = intOf(value);
    if (count !== undefined) return Array.from({ length: Math.max(Number(count), 0) }, (_, i) => [BigInt(i), bare(BigInt(i))]);
    return this.#fail(`range can't iterate over ${formatValue(value)}`);
  }

  #setRangeVariables({ declares, assigns }: Pipe, key: Held, element: Held): void {
    const [first, second] = declares;
    if (!first) return;
    const [of1, of2] = second ? [key, element] : [element, undefined];
    const set = (name: string, held: Held, fromTop: number) => {
      if (assigns) this.#assign(name, held);
      else (this.#variables[this.#variables.length - fromTop] as Variable).held = held;
    };
    set(first, of1, second ? 2 : 1);
    if (second && of2) set(second, of2, 1);
  }

  #assign(name: string, held: Held): void {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (!variable) {
      this.#fail(`undefined variable: ${name}`);
      return;
    }
    variable.held = held;
  }

  #call(dot: Held, { name, pipe, at }: Node & { type: "template" }): void {
    this.#place = { at, text: `{{template ${quoteGo(name)}${pipe ? ` ${pipeText(pipe)}` : ""}}}` };
    const nodes = this.#run.templates.get(name);
    if (!nodes) this.#fail(`template ${quoteGo(name)} not defined`);
    if (this.#depth >= MAX_DEPTH) this.#fail(`exceeded maximum template depth (${MAX_DEPTH})`);
    const data = pipe ? this.#pipeline(dot, pipe) : MISSING;
    new Execution(this.#run, name, this.#depth + 1).start(data, nodes as Node[]);
  }

  /** The value that comes out at the end; it is set in the pipeline's variables. */
  #pipeline(dot: Held, pipe: Pipe): Held {
    this.#place = { at: pipe.at, text: pipeText(pipe) };
    let held: Held | undefined;
    for (const command of pipe.commands) {
      const made: Held = this.#command(dot, command, held);
      held = made.boxed ? bare(made.value ?? undefined) : made;
    }
    const result = held as Held;
    for (const name of pipe.declares) {
      if (pipe.assigns) this.#assign(name, result);
      else this.#variables.push({ name, held: result });
    }
    return result;
  }

  #command(dot: Held, command: Command, last: Held | undefined): Held {
    const [first, ...args] = command.args as [Operand, ...Operand[]];
    this.#at(first);
    if (first.type === "identifier") return this.#function(dot, first.name, command, args, last);
    const given = args.length > 0 || last !== undefined;
    if (first.type === "field") return this.#fields(dot, first.names, given);
    if (first.type === "variable")
      return this.#fields(this.#variable(first.names[0] as string), first.names.slice(1), given && first.names.length > 1, given);
    if (first.type === "chain") return this.#chain(dot, first, given);
    if (given) this.#fail(`can't give argument to non-function ${operandText(first)}`);
    if (first.type === "nil") this.#fail("nil is not a command");
    return this.#argument(dot, first);
  }

  #variable(name: string): Held {
    return this.#variables.findLast((one) => one.name === name)?.held ?? this.#fail(`undefined variable: ${name}`);
  }

  #chain(dot: Held, node: Operand & { type: "chain" }, given: boolean): Held {
    if (node.of.type === "nil") this.#fail(`indirection through explicit nil in ${operandText(node)}`);
    const of = this.#argument(dot, node.of);
    return this.#fields(of, node.names, given);
  }

  #fields(from: Held, names: readonly string[], given: boolean, lone = false): Held {
    if (lone && !names.length) this.#fail(`can't give argument to non-function ${this.#place?.text}`);
    return names.reduce<Held>((held, name, i) => this.#field(held, name, given && i === names.length - 1), from);
  }

  #field(held: Held, name: string, given: boolean): Held {
    const { value } = held;
    if (value === undefined) return this.#run.strict ? this.#fail(`nil data; no entry for key ${quoteGo(name)}`) : MISSING;
    if (value === null) return this.#fail(`nil pointer evaluating ${declaredType({ ...held, boxed: true })}.${name}`);
    if (!isMap(value)) return this.#fail(`can't evaluate field ${name} in type ${declaredType(held)}`);
    if (given) this.#fail(`${name} is not a method but has arguments`);
    if (Object.hasOwn(value, name)) return boxed(value[name]);
    return this.#run.strict ? this.#fail(`map has no entry for key ${quoteGo(name)}`) : MISSING;
  }

  #argument(dot: Held, node: Operand): Held {
    this.#at(node);
    switch (node.type) {
      case "dot":
        return dot;
      case "nil":
        return bare(null);
      case "constant":
        return bare(node.value);
      case "field":
        return this.#fields(dot, node.names, false);
      case "variable":
        return this.#fields(this.#variable(node.names[0] as string), node.names.slice(1), false);
      case "pipe":
        return this.#pipeline(dot, node);
      case "chain":
        return this.#chain(dot, node, false);
      case "identifier":
        return this.#function(dot, node.name, { args: [node], at: node.at }, [], undefined);
    }
  }

  #function(dot: Held, name: string, command: Command, args: readonly Operand[], last: Held | undefined): Held {
    const count = args.length + (last ? 1 : 0);
    if (name === "and" || name === "or") return this.#logic(dot, name, args, last);
    const fn = FUNCTIONS[name] as TemplateFunction;
    if (count < fn.least && fn.most === Number.POSITIVE_INFINITY)
      this.#fail(`wrong number of args for ${name}: want at least ${fn.least} got ${count}`);
    if (count < fn.least || count > fn.most) this.#fail(`wrong number of args for ${name}: want ${fn.least} got ${count}`);
    const given = args.map((arg, i) => this.#typed(this.#argument(dot, arg), fn.takes?.[i], arg));
    if (last) given.push(this.#typed(last, fn.takes?.[args.length]));
    try {
      return fn.call(given, args.map(operandText));
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      this.#place = { at: command.at, text: commandText(command) };
      return this.#fail(`error calling ${name}: ${error.message}`);
    }
  }

  #logic(dot: Held, name: "and" | "or", args: readonly Operand[], last: Held | undefined): Held {
    if (!args.length && !last) this.#fail(`wrong number of args for ${name}: want at least 1 got 0`);
    let held = MISSING;
    for (const arg of args) {
      held = this.#argument(dot, arg);
      if (truth(held.value) === (name === "or")) return held;
    }
    return last ?? held;
  }

  #typed(held: Held, type: "string" | undefined, node?: Operand): Held {
    if (type === undefined || typeof held.value === "string") return held;
    if (node?.type === "constant") return this.#fail(`expected string; found ${node.text}`);
    if (held.value === undefined || held.value === null) return this.#fail("invalid value; expected string");
    return this.#fail(`wrong type for value; expected string; got ${typeOf(held.value)}`);
  }

  #at(node: Operand): void {
    this.#place = { at: node.at, text: operandText(node) };
  }

  #fail(message: string): never {
    const { name, text } = this.#run;
    if (!this.#place) throw new TemplateExecutionError(`template: ${name}: ${message}`);
    const before = text.slice(0, this.#place.at);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    throw new TemplateExecutionError(
      `template: ${name}:${line}:${column}: executing ${quoteGo(this.#template)} at <${this.#place.text}>: ${message}`,
    );
  }
}

const printed = (value: GoValue): string => (value === undefined || value === null ? "<no value>" : formatValue(value));
