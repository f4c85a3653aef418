import type { Container } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { previousStatus } from "../../status/container-status.ts";
import type { Doing, Draft } from "./draft.ts";

/** Plans the containers of the pod proper; gives what each is doing. */
export function planContainers(draft: Draft): Doing[] {
  return (draft.input.pod.spec?.containers ?? []).map((container) => planContainer(draft, container));
}

function planContainer(draft: Draft, container: Container): Doing {
  if (draft.input.starting.has(container.name)) return "starting";
  const current = draft.current(container.name);
  if (current?.state === "running") {
    draft.check(container, current);
    return "running";
  }
  if (current?.state === "created") return draft.start(container, false);
  const outcome = endOf(draft, container.name);
  return outcome === undefined || mayRestart(draft, outcome) ? draft.start(container, false) : outcome;
}

/** What the container would be if it were not started again: undefined when it never ran. */
export function endOf(draft: Draft, name: string): "succeeded" | "failed" | undefined {
  const newest = draft.newest(name);
  if (newest) return newest.state === "created" ? undefined : exitOf(newest);
  if (!draft.hasRun(name)) return undefined;
  const { state, lastState } = previousStatus(draft.input.pod, name) ?? {};
  return (state?.terminated ?? lastState?.terminated)?.exitCode === 0 ? "succeeded" : "failed";
}

const exitOf = (container: EngineContainer) => (container.state === "exited" && container.exitCode === 0 ? "succeeded" : "failed");

export function mayRestart(draft: Draft, outcome: "succeeded" | "failed"): boolean {
  const policy = draft.input.pod.spec?.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && outcome === "failed");
}
