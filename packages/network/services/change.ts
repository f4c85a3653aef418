import type { ServiceEntries } from "./entries.ts";
import type { Entry, MapName, ServiceTable, StickyEndpoint } from "./table.ts";

/** What to change, at once and in this order: add chains, delete elements, add elements, rewrite chains, drop chains and their sets. */
export interface ServicePlan {
  addSpreaders: readonly string[];
  addSticky: readonly StickyEndpoint[];
  delete: readonly Entry[];
  add: readonly Entry[];
  /** Affinity chains whose content is new: the names of their StickyEndpoints. */
  rewrite: ReadonlyMap<string, readonly string[]>;
  /** Affinity chains, and names of StickyEndpoints, that nothing refers to any more. */
  dropAffinity: readonly string[];
  dropSticky: readonly string[];
}

/** Whether there is nothing to do. */
export function isEmptyPlan(plan: ServicePlan): boolean {
  const lists = [plan.addSpreaders, plan.addSticky, plan.delete, plan.add, plan.dropAffinity, plan.dropSticky];
  return plan.rewrite.size === 0 && lists.every((list) => list.length === 0);
}

/** Collects what goes and what comes, and tells the difference to what is there. */
export class Change {
  readonly #table: ServiceTable;
  readonly #wanted = new Map<string, { map: MapName; key: string; value: string | undefined }>();
  readonly #affinity = new Map<string, readonly StickyEndpoint[] | undefined>();
  readonly #spreaders = new Set<string>();

  constructor(table: ServiceTable) {
    this.#table = table;
  }

  remove(made: ServiceEntries): void {
    for (const { map, key } of made.entries) this.#want(map, key, undefined);
    if (made.affinity) this.#affinity.set(made.affinity.chain, undefined);
  }

  /** Comes after the removals: what goes and comes again stays. */
  put(made: ServiceEntries): void {
    for (const { map, key, value } of made.entries) this.#want(map, key, value);
    for (const name of made.spreaders) this.#spreaders.add(name);
    if (made.affinity) this.#affinity.set(made.affinity.chain, made.affinity.members);
  }

  /** Removes everything that was not put. */
  removeTheRest(): void {
    for (const [map, elements] of Object.entries(this.#table.maps) as [MapName, Map<string, string>][])
      for (const key of elements.keys()) if (!this.#wanted.has(`${map} ${key}`)) this.#want(map, key, undefined);
    for (const chain of this.#table.affinity.keys()) if (!this.#affinity.has(chain)) this.#affinity.set(chain, undefined);
  }

  plan(): ServicePlan {
    const add: Entry[] = [];
    const remove: Entry[] = [];
    for (const { map, key, value } of this.#wanted.values()) {
      const present = this.#table.maps[map].get(key);
      if (present === value) continue;
      if (present !== undefined) remove.push({ map, key, value: present });
      if (value !== undefined) add.push({ map, key, value });
    }
    const addSpreaders = [...this.#spreaders].filter((name) => !this.#table.spreaders.has(name));
    return { addSpreaders, delete: remove, add, ...this.#affinityPlan() };
  }

  #want(map: MapName, key: string, value: string | undefined): void {
    this.#wanted.set(`${map} ${key}`, { map, key, value });
  }

  #affinityPlan(): Pick<ServicePlan, "addSticky" | "rewrite" | "dropAffinity" | "dropSticky"> {
    const addSticky: StickyEndpoint[] = [];
    const rewrite = new Map<string, readonly string[]>();
    const dropAffinity: string[] = [];
    const dropSticky: string[] = [];
    for (const [chain, members] of this.#affinity) {
      const present = this.#table.affinity.get(chain);
      const names = members?.map((member) => member.name);
      if (present?.join() === names?.join()) continue;
      addSticky.push(...(members ?? []).filter((member) => !present?.includes(member.name)));
      dropSticky.push(...(present ?? []).filter((name) => !names?.includes(name)));
      if (names) rewrite.set(chain, names);
      else dropAffinity.push(chain);
    }
    return { addSticky, rewrite, dropAffinity, dropSticky };
  }
}

/** The table after the plan was carried out. */
export function carryOut(plan: ServicePlan, table: ServiceTable): void {
  for (const { map, key } of plan.delete) table.maps[map].delete(key);
  for (const { map, key, value } of plan.add) table.maps[map].set(key, value);
  for (const name of plan.addSpreaders) table.spreaders.add(name);
  for (const chain of plan.dropAffinity) table.affinity.delete(chain);
  for (const [chain, members] of plan.rewrite) table.affinity.set(chain, members);
}
