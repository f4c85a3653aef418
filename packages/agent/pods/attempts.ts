import type { ContainerStatus as EngineContainer } from "@wherry/runtime";

/** A pod's containers by name, the newest start first. */
export function attemptsByName(containers: readonly EngineContainer[]): Map<string, readonly EngineContainer[]> {
  const byName = Map.groupBy(containers, (c) => c.name);
  for (const attempts of byName.values()) attempts.sort((a, b) => b.attempt - a.attempt);
  return byName;
}

/** How many ended starts of each container are kept, for their logs and their last state, beside one that runs. */
const KEPT = 1;

/** Containers that nobody will ask for again. */
export function outlived(containers: readonly EngineContainer[]): EngineContainer[] {
  return [...attemptsByName(containers).values()].flatMap((attempts) => {
    const ended = attempts.filter((c) => c.state === "exited");
    const isCurrent = ended[0] === attempts[0];
    return ended.slice(isCurrent ? KEPT + 1 : KEPT);
  });
}
