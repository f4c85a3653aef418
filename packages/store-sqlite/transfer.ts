import type { Entry, StoreEvent } from "@wherry/store";
import type { Reply, WriteCommand, WriteOutcome } from "./protocol.ts";

/** The buffers of all values in a reply, to be moved to the other thread instead of copied. SQLite gives each value a buffer of its own. */
export function transferables(reply: Reply): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (value: Uint8Array | undefined) => value && buffers.add(value.buffer as ArrayBuffer);
  if (reply.kind === "written") for (const outcome of reply.outcomes) add(carried(outcome));
  if (reply.kind === "answer")
    for (const item of itemsOf(reply.answer)) add(item.value ?? ("previous" in item ? item.previous?.value : undefined));
  return [...buffers];
}

function carried(outcome: WriteOutcome): Uint8Array | undefined {
  if (outcome.ok === "error") return undefined;
  return (outcome.ok ? outcome.previous : outcome.current)?.value;
}

function itemsOf(answer: unknown): readonly (Entry | StoreEvent)[] {
  if (typeof answer !== "object" || answer === null) return [];
  if ("entries" in answer) return answer.entries as Entry[];
  if ("events" in answer) return answer.events as StoreEvent[];
  return "value" in answer ? [answer as Entry] : [];
}

/** Copies the values of the writes into one buffer, which can then be moved in one go: the callers keep theirs. */
export function packValues(writes: readonly WriteCommand[]): { writes: WriteCommand[]; buffer: ArrayBuffer } {
  const size = writes.reduce((sum, write) => sum + (write.op === "delete" ? 0 : write.value.length), 0);
  const packed = new Uint8Array(size);
  let offset = 0;
  const moved = writes.map((write) => {
    if (write.op === "delete") return write;
    packed.set(write.value, offset);
    const value = packed.subarray(offset, offset + write.value.length);
    offset += write.value.length;
    return { ...write, value };
  });
  return { writes: moved, buffer: packed.buffer };
}
