import type { ServicePort } from "../driver.ts";
import { Change, carryOut, type ServicePlan } from "./change.ts";
import { type Claim, Claims } from "./claims.ts";
import { entriesOf, type ServiceEntries } from "./entries.ts";
import { hairpinEntry, type ServiceTable } from "./table.ts";

interface Known {
  port: ServicePort;
  claim: Claim;
  made: ServiceEntries;
}

/**
 * Plans the way from what the kernel has to what is wanted; the work follows the number of services that changed. The first plan does not know who made
 * what is there, and so looks at everything. Where two services claim one address and port, the one that has it keeps it, and the other gets it afterwards.
 */
export class ServicePlanner {
  readonly #table: ServiceTable;
  readonly #local: ReadonlySet<string>;
  readonly #known = new Map<string, Known>();
  readonly #claims = new Claims();
  /** How many services have an endpoint at this address. */
  readonly #users = new Map<string, number>();
  #first = true;

  /**
   * @param table what the kernel has; the planner changes it as it plans
   * @param local addresses of services that the node itself answers
   */
  constructor(table: ServiceTable, local: ReadonlySet<string> = new Set()) {
    this.#table = table;
    this.#local = local;
  }

  /** Counts on the plan being carried out before the next one is asked for. When that fails, read the kernel again and make a new planner. */
  plan(wanted: readonly ServicePort[]): ServicePlan {
    const change = new Change(this.#table);
    const ids = new Set(wanted.map((port) => port.id));
    for (const [id, known] of this.#known) if (!ids.has(id)) this.#remove(id, known, change);
    const changed = wanted.filter((port) => !this.#isUpToDate(port));
    for (const { id } of changed) {
      const known = this.#known.get(id);
      if (known) this.#remove(id, known, change);
    }
    for (const port of changed) this.#put(port, change);
    if (this.#first) change.removeTheRest();
    this.#first = false;
    const plan = change.plan();
    carryOut(plan, this.#table);
    return plan;
  }

  #isUpToDate(port: ServicePort): boolean {
    const known = this.#known.get(port.id);
    return known !== undefined && !known.claim.partial && samePort(known.port, port);
  }

  #remove(id: string, { claim, made }: Known, change: Change): void {
    this.#known.delete(id);
    this.#claims.release(claim);
    const unused = made.hairpins.filter((ip) => this.#count(ip, -1) === 0);
    change.remove({ ...made, entries: [...made.entries, ...unused.map(hairpinEntry)] });
  }

  #put(port: ServicePort, change: Change): void {
    const claim = this.#claims.take(port);
    const made = entriesOf(claim.port, this.#table, this.#local);
    for (const ip of made.hairpins) this.#count(ip, 1);
    change.put({ ...made, entries: [...made.entries, ...made.hairpins.map(hairpinEntry)] });
    this.#known.set(port.id, { port, claim, made });
  }

  #count(ip: string, difference: number): number {
    const users = (this.#users.get(ip) ?? 0) + difference;
    if (users === 0) this.#users.delete(ip);
    else this.#users.set(ip, users);
    return users;
  }
}

function samePort(a: ServicePort, b: ServicePort): boolean {
  if (a === b) return true;
  const sameSettings =
    a.protocol === b.protocol && a.port === b.port && a.nodePort === b.nodePort && a.affinitySeconds === b.affinitySeconds;
  return (
    sameSettings &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, i) => address === b.addresses[i]) &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every(({ ip, port }, i) => ip === b.endpoints[i]!.ip && port === b.endpoints[i]!.port)
  );
}
