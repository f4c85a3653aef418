import type { Logger } from "@wherry/base";
import { isEmptyPlan, type ServicePlan, ServicePlanner, type ServicePort, ServiceTable } from "@wherry/network";
import { flushStale } from "./conntrack.ts";
import type { Host } from "./host.ts";
import { planRules, readServiceTable } from "./service-rules.ts";

/** The services in the cluster's table. Calls must not overlap. */
export class Services {
  readonly #host: Host;
  readonly #table: string;
  readonly #local: ReadonlySet<string>;
  readonly #log: Logger;
  #planner: ServicePlanner | undefined;
  #wanted: readonly ServicePort[] | undefined;

  /** @param local addresses of services that the node itself answers */
  constructor(host: Host, table: string, local: ReadonlySet<string>, log: Logger) {
    this.#host = host;
    this.#table = table;
    this.#local = local;
    this.#log = log;
  }

  /** One transaction: packets see the old tables or the new ones. When the kernel is not as we left it, it is read and planned for again. */
  async apply(services: readonly ServicePort[]): Promise<void> {
    this.#wanted = services;
    const planner = this.#planner ?? (await this.#read());
    this.#planner = undefined;
    const plan = planner.plan(services);
    const { code, stderr } = await this.#send(plan);
    if (code === 0) this.#planner = planner;
    else await this.#again(services, stderr);
    await flushStale(this.#host, plan, this.#log);
  }

  /** Somebody may have changed the tables (`nft flush ruleset`): makes them what was wanted last. */
  async repair(): Promise<void> {
    this.#planner = undefined;
    if (this.#wanted) await this.apply(this.#wanted);
  }

  async #again(services: readonly ServicePort[], reason: string): Promise<void> {
    this.#log.warn("the kernel refused a change of the service tables; reading them again", { reason: reason.trim() });
    const planner = await this.#read();
    await this.#host.run("nft", ["-f", "-"], planRules(this.#table, planner.plan(services)));
    this.#planner = planner;
  }

  async #read(): Promise<ServicePlanner> {
    return new ServicePlanner((await readServiceTable(this.#host, this.#table)) ?? new ServiceTable(), this.#local);
  }

  #send(plan: ServicePlan): Promise<{ code: number; stderr: string }> {
    return isEmptyPlan(plan) ? Promise.resolve({ code: 0, stderr: "" }) : this.#host.try("nft", ["-f", "-"], planRules(this.#table, plan));
  }
}
