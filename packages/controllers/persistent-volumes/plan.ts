import type { PersistentVolume, PersistentVolumeClaim } from "@wherry/api";

/** An event to tell, and about which half of a binding. */
export interface PlannedEvent {
  about: "claim" | "volume";
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/**
 * What to make of a claim and a volume, whole objects with their status: the volume is written first, so that a crash in between leaves a promise
 * that the next look keeps.
 */
export interface Plan {
  volume?: PersistentVolume;
  claim?: PersistentVolumeClaim;
  events?: readonly PlannedEvent[];
}

export const normal = (about: PlannedEvent["about"], reason: string, message: string): PlannedEvent => ({
  about,
  type: "Normal",
  reason,
  message,
});

export const warning = (about: PlannedEvent["about"], reason: string, message: string): PlannedEvent => ({
  about,
  type: "Warning",
  reason,
  message,
});
