/** A piece of a template: text, or a word of an action. */
export interface Token {
  type: TokenType;
  text: string;
  /** Where it starts, in characters. */
  at: number;
  /** The line it is on, from 1. */
  line: number;
}

export type TokenType =
  | ("text" | "open" | "close" | "space" | "eof" | "error")
  | ("identifier" | "keyword" | "field" | "variable" | "dot" | "nil" | "boolean" | "number" | "character" | "string" | "raw")
  | ("=" | ":=" | "|" | "(" | ")" | "other");

const KEYWORDS = new Set(["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"]);
const SPACE = /[ \t\r\n]/;
const WORD = /[\p{L}\p{Nd}_]/u;
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)(?:\.[0-9_a-fA-F]*)?(?:[eEpP][+-]?[0-9_]+)?i?/y;

/** Cuts a template into tokens; what cannot be read becomes a last token of the type `error`. Source: Go's text/template/parse/lex.go. */
export function lex(text: string): Token[] {
  return new Lexer(text).run();
}

class LexError extends Error {}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #start = 0;
  #at = 0;
  #line = 1;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    try {
      while (this.#textBefore()) this.#action();
      this.#emit("eof");
    } catch (error) {
      if (!(error instanceof LexError)) throw error;
      this.#tokens.push({ type: "error", text: error.message, at: this.#start, line: this.#startLine() });
    }
    return this.#tokens;
  }

  /** Errors of a token are on the line that it starts on, unless nothing but the end was found. */
  #startLine(): number {
    return this.#line;
  }

  #emit(type: TokenType): void {
    const text = this.#text.slice(this.#start, this.#at);
    if (type !== "text" || text) this.#tokens.push({ type, text, at: this.#start, line: this.#line });
    this.#skip();
  }

  #skip(): void {
    this.#line += lines(this.#text.slice(this.#start, this.#at));
    this.#start = this.#at;
  }

  /** Text up to the next action; false at the end. Before `{{- ` its last spaces go. */
  #textBefore(): boolean {
    const open = this.#text.indexOf("{{", this.#at);
    if (open < 0) {
      this.#at = this.#text.length;
      this.#emit("text");
      return false;
    }
    const trims = /^\{\{-[ \t\r\n]/.test(this.#text.slice(open, open + 4));
    const text = this.#text.slice(this.#start, open);
    this.#at = open - (trims ? text.length - text.replace(/[ \t\r\n]+$/, "").length : 0);
    this.#emit("text");
    this.#at = open;
    this.#skip();
    this.#at += trims ? 4 : 2;
    if (this.#text.startsWith("/*", this.#at)) this.#comment();
    else this.#emit("open");
    return true;
  }

  #comment(): void {
    const end = this.#text.indexOf("*/", this.#at);
    this.#skip();
    if (end < 0) throw new LexError("unclosed comment");
    this.#at = end + 2;
    const [close] = /^(?:[ \t\r\n]-)?\}\}/.exec(this.#text.slice(this.#at, this.#at + 4)) ?? [];
    if (!close) throw new LexError("comment ends before closing delimiter");
    this.#close(close);
  }

  /** Passes the end of an action, and after ` -}}` the spaces behind it. */
  #close(delimiter: string): void {
    this.#at += delimiter.length;
    if (delimiter.length < 4) {
      this.#skip();
      return;
    }
    this.#at += /^[ \t\r\n]*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
    this.#skip();
  }

  #action(): void {
    // A comment is over already.
    if (this.#tokens.at(-1)?.type !== "open") return;
    this.#depth = 0;
    for (;;) {
      const close = this.#closing();
      if (close) {
        if (this.#depth) throw new LexError("unclosed left paren");
        this.#tokens.push({ type: "close", text: "}}", at: this.#at, line: this.#line });
        this.#close(close);
        return;
      }
      this.#word();
    }
  }

  #closing(): string | undefined {
    return /^(?:[ \t\r\n]-)?\}\}/.exec(this.#text.slice(this.#at, this.#at + 4))?.[0];
  }

  #word(): void {
    const c = this.#peek();
    if (c === "") throw new LexError("unclosed action");
    if (SPACE.test(c)) {
      this.#space();
      return;
    }
    if (c === '"') {
      this.#quoted('"', "string", "unterminated quoted string");
      return;
    }
    if (c === "'") {
      this.#quoted("'", "character", "unterminated character constant");
      return;
    }
    if (c === "`") {
      this.#rawString();
      return;
    }
    if (c === "$") {
      this.#variableOrField("variable");
      return;
    }
    if (c === "." && !/[0-9]/.test(this.#text[this.#at + 1] ?? "")) {
      this.#variableOrField("field");
      return;
    }
    if (/[-+.0-9]/.test(c)) {
      this.#number();
      return;
    }
    if (WORD.test(c)) {
      this.#identifier();
      return;
    }
    this.#sign(c);
  }

  #space(): void {
    while (SPACE.test(this.#peek()) && !this.#closing()) this.#at++;
    this.#emit("space");
  }

  #sign(c: string): void {
    this.#at += c.length;
    if (c === ":" && this.#peek() !== "=") throw new LexError("expected :=");
    if (c === ":") this.#at++;
    if (c === "(") this.#depth++;
    if (c === ")" && --this.#depth < 0) throw new LexError("unexpected right paren");
    if (!/^[!-~]$/.test(c)) throw new LexError(`unrecognized character in action: ${unicode(c)}`);
    this.#emit(c === ":" ? ":=" : /[=|()]/.test(c) ? (c as TokenType) : "other");
  }

  #quoted(quote: string, type: TokenType, unterminated: string): void {
    for (this.#at++; this.#peek() !== quote; this.#at++) {
      if (this.#peek() === "\\" && this.#text[this.#at + 1] !== "\n") this.#at++;
      if (this.#peek() === "" || this.#peek() === "\n") throw new LexError(unterminated);
    }
    this.#at++;
    this.#emit(type);
  }

  #rawString(): void {
    const end = this.#text.indexOf("`", this.#at + 1);
    if (end < 0) throw new LexError("unterminated raw quoted string");
    this.#at = end + 1;
    this.#emit("raw");
  }

  #variableOrField(type: "variable" | "field"): void {
    this.#at++;
    if (this.#atTerminator()) {
      this.#emit(type === "field" ? "dot" : type);
      return;
    }
    this.#letters();
    this.#mustEnd();
    this.#emit(type);
  }

  #identifier(): void {
    this.#letters();
    this.#mustEnd();
    const word = this.#text.slice(this.#start, this.#at);
    if (word === "nil") this.#emit("nil");
    else if (KEYWORDS.has(word)) this.#emit("keyword");
    else this.#emit(word === "true" || word === "false" ? "boolean" : "identifier");
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    this.#at += NUMBER.exec(this.#text)?.[0].length ?? 0;
    if (WORD.test(this.#peek())) {
      this.#at += this.#peek().length;
      throw new LexError(`bad number syntax: ${JSON.stringify(this.#text.slice(this.#start, this.#at))}`);
    }
    this.#emit("number");
  }

  #letters(): void {
    while (WORD.test(this.#peek())) this.#at += this.#peek().length;
  }

  #atTerminator(): boolean {
    const c = this.#peek();
    return c === "" || SPACE.test(c) || /[.,|:()]/.test(c) || this.#text.startsWith("}}", this.#at);
  }

  #mustEnd(): void {
    if (!this.#atTerminator()) throw new LexError(`bad character ${unicode(this.#peek())}`);
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }
}

const lines = (text: string): number => text.split("\n").length - 1;

/** As Go's `%#U` shows a character. */
const unicode = (c: string): string => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")} '${c}'`;
