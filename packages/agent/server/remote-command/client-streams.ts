import type { Readable, Writable } from "node:stream";
import type { Outcome } from "./outcome.ts";

/** A client's side of a process's streams, whatever they came over. A stream that the client did not ask for is undefined. */
export interface ClientStreams {
  /** Ends when the client will send no more. It is not read from the network while nobody reads it. */
  stdin: Readable | undefined;
  /** Takes as much as the client does. */
  stdout: Writable | undefined;
  stderr: Writable | undefined;
  /** Aborts when the client is gone. */
  gone: AbortSignal;
  /** Calls back with each size of the client's terminal, also the ones before the call. */
  onResize(listener: (columns: number, rows: number) => void): void;
  /** Tells the client how it ended, after all output, and ends the connection. Never rejects. */
  finish(outcome: Outcome): Promise<void>;
}

/** Which streams a client wants. */
export interface WantedStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** Remembers the last size of a terminal until somebody wants to know. */
export class TerminalSize {
  #last: { columns: number; rows: number } | undefined;
  #listener: ((columns: number, rows: number) => void) | undefined;

  /** Takes a resize message; what is none is dropped. */
  read(message: string): void {
    const size = parseSize(message);
    if (!size) return;
    this.#last = size;
    this.#listener?.(size.columns, size.rows);
  }

  listen(listener: (columns: number, rows: number) => void): void {
    this.#listener = listener;
    if (this.#last) listener(this.#last.columns, this.#last.rows);
  }
}

function parseSize(message: string): { columns: number; rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(message) as { Width?: unknown; Height?: unknown };
    return isSize(Width) && isSize(Height) ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff;
