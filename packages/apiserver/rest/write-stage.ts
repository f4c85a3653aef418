import type { KindDefinition } from "@wherry/machinery";
import type { User } from "../exchange.ts";
import type { AnyObject } from "./context.ts";
import type { WriteOwner } from "./field-owner.ts";

/** A write on its way to the store. */
export interface Write {
  operation: "create" | "update" | "delete";
  /** The stored one: objects on their way are of this version. */
  kind: KindDefinition;
  /** The version that the request speaks; absent when that is the stored one. */
  version?: KindDefinition | undefined;
  namespace?: string | undefined;
  name: string;
  subresource?: string | undefined;
  /** The write is meant for the object with this uid. */
  uid?: string | undefined;
  /** Who owns what the write changes; absent where nobody is to, or where that is settled. */
  owner?: WriteOwner | undefined;
  dryRun: boolean;
  user: User | undefined;
  /** Warnings for the caller; a stage may add some. */
  warnings: string[];
}

/** Something taken for a write that may still fail. */
export interface Reservation {
  /** The write is done: what it gave up is free again. */
  commit(): void;
  /** The write did not happen: what was taken is free again. */
  rollback(): void;
}

/** Has a say in writes: admission, allocation. It refuses by throwing a StatusError. */
export interface WriteStage {
  /** Before defaults and validation; may change `object`. `previous` is there on updates and deletes. */
  admit?(write: Write, object: AnyObject, previous?: AnyObject): void;
  /** After validation, right before the write; may fill in `object`. `previous` is absent on creates. */
  reserve?(write: Write, object: AnyObject, previous?: AnyObject): Reservation | undefined;
}

/** Asks every stage before defaults and validation. */
export function admit(stages: readonly WriteStage[], write: Write, object: AnyObject, previous?: AnyObject): void {
  for (const stage of stages) stage.admit?.(write, object, previous);
}

/** Reserves with every stage, or with none: when one refuses, the earlier ones are undone. */
export function reserve(stages: readonly WriteStage[], write: Write, object: AnyObject, previous?: AnyObject): Reservation {
  const taken: Reservation[] = [];
  const rollback = () => {
    for (const reservation of taken.toReversed()) reservation.rollback();
  };
  try {
    for (const stage of stages) {
      const reservation = stage.reserve?.(write, object, previous);
      if (reservation) taken.push(reservation);
    }
  } catch (error) {
    rollback();
    throw error;
  }
  return { rollback, commit: () => taken.forEach((reservation) => void reservation.commit()) };
}
