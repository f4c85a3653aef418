import { type Document, isAlias, isCollection, visit, type YAMLParseError } from "yaml";

/** Go's parser tells the line before that of the token that it does not expect, its scanner the line of the character. */
type Source = "parser" | "scanner";

/**
 * What is wrong with a text of YAML, in the words of the parser that Kubernetes uses: `yaml: line 2: mapping values are not allowed in this context`.
 * The line of what is nested wrongly is told as near as the `yaml` package knows it. Source: go-yaml v2.
 */
export function yamlSyntaxError(error: YAMLParseError, text: string): string {
  const [why, source, offset] = problemOf(error, text);
  return `yaml: ${lineWords(text, source, offset)}${why}`;
}

/** What Go refuses of a text before it parses it. Undefined when nothing is. */
export function yamlCharacterError(text: string): string | undefined {
  return CONTROL.test(text) ? "yaml: control characters are not allowed" : undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/;

/** What Go refuses of a parsed document: aliases of what is not there or contains them, and keys that are no scalars. */
export function yamlReferenceError(document: Document): string | undefined {
  let wrong: string | undefined;
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (!target) wrong = `yaml: unknown anchor '${alias.source}' referenced`;
      else if (path.includes(target)) wrong = `yaml: anchor '${alias.source}' value contains itself`;
      return wrong ? visit.BREAK : undefined;
    },
    Pair(_, { key }) {
      const target = isAlias(key) ? key.resolve(document) : key;
      if (isCollection(target)) wrong = `yaml: invalid map key: ${JSON.stringify(target)}`;
      return wrong ? visit.BREAK : undefined;
    },
  });
  return wrong;
}

/** What cannot be made a value, such as more aliases than may be: the words of Go for what the `yaml` package threw. */
export function yamlValueError(error: Error): string {
  if (/alias count/i.test(error.message)) return "yaml: document contains excessive aliasing";
  if (/^Merge sources/.test(error.message)) return "yaml: map merge requires map or sequence of maps as the value";
  return `yaml: ${error.message}`;
}

type Problem = [why: string, source: Source, offset: number];

function problemOf({ code, message, pos: [at] }: YAMLParseError, text: string): Problem {
  const flow = /end with a ([\]}])/.exec(message)?.[1];
  if (flow) return [`did not find expected ',' or '${flow}'`, "parser", at];
  switch (code) {
    case "TAB_AS_INDENT":
    case "BAD_SCALAR_START":
      return ["found character that cannot start any token", "scanner", at];
    case "BAD_DQ_ESCAPE":
      return ["found unknown escape character", "scanner", at];
    case "BAD_ALIAS":
      return ["did not find expected alphabetic or numeric character", "scanner", at];
    case "MISSING_CHAR":
      if (/^Missing closing/.test(message)) return ["found unexpected end of stream", "scanner", text.length];
      return ["could not find expected ':'", "scanner", endOfLine(text, at) + 1];
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return text.startsWith("- ", at)
        ? unexpected(text, at)
        : ["mapping values are not allowed in this context", "scanner", colon(text, at)];
    case "BAD_INDENT":
      return unexpected(text, at);
    case "UNEXPECTED_TOKEN":
      if (/block-seq-ind on same line/.test(message)) return ["block sequence entries are not allowed in this context", "scanner", at];
      return /flow-\w+-end/.test(message) ? ["did not find expected node content", "parser", at] : unexpected(text, at);
    default:
      return [message.split(" at line ", 1)[0]!, "scanner", at];
  }
}

/** What stands where the next item of a list or the next key of a map should. */
function unexpected(text: string, at: number): Problem {
  const before = text.slice(0, at).split("\n");
  const indent = indentOf(text.slice(at - (before.at(-1)?.length ?? 0)));
  const sibling = before.slice(0, -1).findLast((line) => line.trim() !== "" && indentOf(line) <= indent);
  return [sibling?.trimStart().startsWith("- ") ? "did not find expected '-' indicator" : "did not find expected key", "parser", at];
}

function lineWords(text: string, source: Source, offset: number): string {
  const before = text.slice(0, offset).split("\n").length - 1;
  // The end of the text is a line of its own.
  const beyond = offset > text.length || (source === "parser" && offset === text.length && !text.endsWith("\n"));
  const line = beyond ? before + 1 : before;
  if (line === 0) return "";
  return `line ${source === "scanner" ? line + 1 : line}: `;
}

const indentOf = (line: string) => line.length - line.trimStart().length;
const colon = (text: string, from: number) => from + Math.max(0, text.slice(from).search(/:(\s|$)/));
const endOfLine = (text: string, from: number) => (text.includes("\n", from) ? text.indexOf("\n", from) : text.length);
