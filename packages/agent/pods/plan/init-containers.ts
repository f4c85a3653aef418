import { type Container, isRestartableInit } from "@wherry/api";
import type { Draft } from "./draft.ts";

/** How far the pod's initialization is. */
export type Initialization = "done" | "under way" | "failed";

/**
 * Plans the init containers: one after the other, each must succeed; one with restartPolicy Always must only have started, and is kept running for the
 * rest of the pod's life. Source: kubelet computeInitContainerActions.
 */
export function planInitContainers(draft: Draft): Initialization {
  const { pod } = draft.input;
  const done = isInitialized(draft);
  for (const container of pod.spec?.initContainers ?? []) {
    if (isRestartableInit(container)) {
      const started = planSidecar(draft, container);
      if (!started && !done) return "under way";
    } else if (!done) {
      const outcome = planOneShot(draft, container);
      if (outcome !== "done") return outcome;
    }
  }
  return "done";
}

/** Once a container of the pod proper has started in this sandbox, all before it is history. */
function isInitialized(draft: Draft): boolean {
  const { pod, starting } = draft.input;
  return (pod.spec?.containers ?? []).some(({ name }) => {
    const current = draft.current(name);
    return starting.has(name) || (current !== undefined && current.state !== "created");
  });
}

function planSidecar(draft: Draft, container: Container): boolean {
  if (draft.input.starting.has(container.name)) return false;
  const current = draft.current(container.name);
  if (current?.state !== "running") {
    draft.start(container, true);
    return false;
  }
  draft.check(container, current);
  return draft.input.started(current);
}

function planOneShot(draft: Draft, container: Container): Initialization {
  if (draft.input.starting.has(container.name)) return "under way";
  const current = draft.current(container.name);
  if (current?.state === "running") {
    draft.check(container, current);
    return "under way";
  }
  if (current?.state === "exited") {
    if (current.exitCode === 0) return "done";
    if (draft.input.pod.spec?.restartPolicy === "Never") return "failed";
  }
  draft.start(container, true);
  return "under way";
}
