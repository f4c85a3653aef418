import type { Entry, ListOptions, ListResult, StoreEvent, StoreFailure } from "@wherry/store";

/** What the store's thread is started with. */
export interface Boot {
  /** A file, or ":memory:". */
  path: string;
  /** The file never grows beyond this. */
  maxBytes?: number;
}

/** One conditional write. A create expects nothing to be there; the others expect `expected` to be the key's revision. */
export type WriteCommand =
  | { readonly op: "create"; readonly key: string; readonly value: Uint8Array }
  | { readonly op: "update"; readonly key: string; readonly value: Uint8Array; readonly expected: number }
  | { readonly op: "delete"; readonly key: string; readonly expected: number };

/** What became of one write; `previous` is what a delete took away. */
export type WriteOutcome =
  | { readonly ok: true; readonly revision: number; readonly createRevision: number; readonly previous?: Entry }
  | { readonly ok: false; readonly current: Entry | undefined }
  | { readonly ok: "error"; readonly error: WireError };

/** Changes read from history. Complete up to `through`, a revision that is at least that of the last event. */
export interface HistoryPage {
  readonly events: StoreEvent[];
  readonly through: number;
}

/** What can be asked of the store's thread, besides writes, and what each gives. */
export interface Questions {
  get: { ask: { key: string; at?: number }; answer: Entry | undefined };
  list: { ask: { prefix: string; options: ListOptions }; answer: ListResult };
  history: { ask: { prefix: string; after: number }; answer: HistoryPage };
  /** Gives the revision through which history is gone. */
  compact: { ask: { through: number }; answer: number };
  close: { ask: Record<string, never>; answer: undefined };
}
export type QuestionName = keyof Questions;

/** Main thread to store thread. Writes have no ids: they are answered in the order they were sent. */
export type Request =
  | { readonly kind: "writes"; readonly writes: readonly WriteCommand[] }
  | { [N in QuestionName]: { readonly kind: N; readonly id: number; readonly ask: Questions[N]["ask"] } }[QuestionName];

/** Store thread to main thread. */
export type Reply =
  | { readonly kind: "opened"; readonly revision: number; readonly compacted: number }
  | { readonly kind: "refused"; readonly error: WireError }
  /** For the oldest unanswered writes, after they are durable. */
  | { readonly kind: "written"; readonly outcomes: readonly WriteOutcome[]; readonly revision: number }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: WireError };

/** An error that can be posted: classes do not survive the passage. */
export type WireError =
  | { readonly type: "compacted"; readonly asked: number; readonly oldest: number }
  | { readonly type: "future"; readonly asked: number; readonly current: number }
  | { readonly type: "store"; readonly failure: StoreFailure; readonly message: string };
