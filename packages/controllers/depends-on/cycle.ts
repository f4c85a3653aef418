import { type Dependency, dependencyName } from "@wherry/api";

/** What a search for cycles asks about. */
export interface DependencyGraph {
  /** What the pods of this object wait for themselves; nothing when it is ready. */
  next: (dependency: Dependency) => readonly Dependency[];
  /** Whether the pod in question is (a part of) this object. */
  isOwn: (dependency: Dependency) => boolean;
}

/**
 * The way from one of `starts` back to the pod that waits for them, as names: the first is what it waits for, the last what it is part of. Undefined when
 * there is none. Each object is looked at once.
 */
export function findCycle(starts: readonly Dependency[], { next, isOwn }: DependencyGraph): string[] | undefined {
  const ways = starts.map((start) => [start]);
  const seen = new Set<string>();
  for (let way = ways.shift(); way; way = ways.shift()) {
    const last = way.at(-1) as Dependency;
    if (seen.has(dependencyName(last))) continue;
    seen.add(dependencyName(last));
    if (isOwn(last)) return way.map(dependencyName);
    for (const further of next(last)) ways.push([...way, further]);
  }
  return undefined;
}
