import type { Verb } from "../verb.ts";
import { history } from "./rollout/history.ts";
import { pause, resume } from "./rollout/pause.ts";
import { restart } from "./rollout/restart.ts";
import { status } from "./rollout/status.ts";
import { undo } from "./rollout/undo.ts";

/** `wherry rollout`. */
export const verb: Verb = {
  description: "follow and steer a rollout",
  verbs: { history, pause, restart, resume, status, undo },
};
