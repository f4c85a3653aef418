import { alignTabs } from "./tab-text.ts";

/** Annotations that are no news to anybody. */
const HIDDEN_ANNOTATIONS = new Set(["kubectl.kubernetes.io/last-applied-configuration"]);
/** Longer annotations are cut. */
const MAX_ANNOTATION = 140;

/**
 * A description as it grows. Lines are indented by levels of two spaces, and cells that end with a tab are lined up at the end. Source: kubectl
 * pkg/describe/describe.go, `PrefixWriter`.
 */
export class Description {
  readonly #parts: string[];
  readonly #pad: string;

  constructor(parts: string[] = [], pad = "") {
    this.#parts = parts;
    this.#pad = pad;
  }

  /** Writes into this description, each piece of text further in. */
  nested(level: number): Description {
    return new Description(this.#parts, this.#pad + indentation(level));
  }

  /** A piece of text, which may be less or more than a line. */
  write(level: number, text: string): void {
    this.#parts.push(this.#pad + indentation(level) + text);
  }

  /** A line of cells. */
  line(level: number, ...cells: readonly string[]): void {
    this.write(level, `${cells.join("\t")}\n`);
  }

  /** `Title:` and values below each other, the first of them beside the title; `<none>` when there are none. */
  values(title: string, values: readonly string[], indent = ""): void {
    this.write(0, `${indent}${title}:\t`);
    if (!values.length) {
      this.write(0, "<none>\n");
      return;
    }
    for (const [i, value] of values.entries()) {
      if (i > 0) this.write(0, `${indent}\t`);
      this.write(0, `${value}\n`);
    }
  }

  /** Labels as `key=value`, in order of the keys. */
  labels(title: string, labels: Readonly<Record<string, string>> | undefined, indent = ""): void {
    this.values(
      title,
      sortedKeys(labels).map((key) => `${key}=${labels?.[key]}`),
      indent,
    );
  }

  /** Annotations as `key: value`, in order of the keys; long ones and those of several lines below their keys. */
  annotations(title: string, annotations: Readonly<Record<string, string>> | undefined): void {
    const keys = sortedKeys(annotations).filter((key) => !HIDDEN_ANNOTATIONS.has(key));
    this.values(
      title,
      keys.map((key) => annotationText(key, (annotations?.[key] ?? "").replace(/\n$/, ""))),
    );
  }

  /** The whole text, with the tabs between its cells. */
  withTabs(): string {
    return this.#parts.join("");
  }

  /** The whole text. What could steer a terminal is made visible. */
  toString(): string {
    return alignTabs(this.#parts.join("").replaceAll("\x1b", "^[").replaceAll("\r", "\\r"));
  }
}

const indentation = (level: number) => "  ".repeat(level);

function annotationText(key: string, value: string): string {
  if (Buffer.byteLength(value) + Buffer.byteLength(key) + 2 <= MAX_ANNOTATION && !value.includes("\n")) return `${key}: ${value}`;
  return [`${key}:`, ...value.split("\n").map((line) => `\t  ${shorten(line, MAX_ANNOTATION - 2)}`)].join("\n");
}

function shorten(text: string, bytes: number): string {
  const all = Buffer.from(text);
  return all.length > bytes ? `${all.subarray(0, bytes).toString()}...` : text;
}

/** The keys of a map in Go's order, which is that of their bytes. */
export function sortedKeys(map: Readonly<Record<string, unknown>> | undefined): string[] {
  return Object.keys(map ?? {}).sort((a, b) => (a < b ? -1 : 1));
}
