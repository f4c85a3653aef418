/** An error of the library: what, and where in the expression. */
interface LibraryError extends Error {
  code?: string;
  summary?: string;
  range?: { start: number };
}

const OPERATOR = /^no such overload: (.+) (\S+) (.+)$/;

/** The error of an expression that cannot be compiled, as cel-go shows it: with the line, and a mark below the place. */
export function compileError(expression: string, error: unknown): Error {
  const { code, summary, message, range, name } = error as LibraryError;
  const text = compileText(name, code, (summary ?? message ?? String(error)).split("\n", 1)[0] ?? "");
  const start = Math.min(range?.start ?? 0, expression.length);
  const before = expression.slice(0, start).split("\n");
  const column = (before.at(-1) ?? "").length;
  const line = expression.split("\n")[before.length - 1] ?? "";
  return new Error(`compilation failed: ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${".".repeat(column)}^`);
}

function compileText(name: string, code: string | undefined, text: string): string {
  if (name === "ParseError") return `Syntax error: ${text}`;
  if (code === "no_such_key") return text.replace(/^No such key: (.*)$/, "undefined field '$1'");
  if (code === "unknown_variable") return text.replace(/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')");
  return text.replace(OPERATOR, "found no matching overload for '_$2_' applied to '($1, $3)'");
}

/** Why an evaluation failed, in cel-go's words. */
export function evaluationMessage(error: unknown): string {
  const { summary, message } = error as LibraryError;
  const text = (summary ?? message ?? String(error)).split("\n", 1)[0] ?? "";
  return text
    .replace(/^No such key/, "no such key")
    .replace(/^no such key: index out of bounds, index (\d+).*$/, "index out of bounds: $1");
}
