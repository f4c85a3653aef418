import type { Node } from "@wherry/api";
import { type Amounts, type HostPort, type PodInfo, parseAmounts } from "./pod-info.ts";

/** A node and the pods on it, with their sums kept as they come and go: a change costs as much as the pod, not the node. */
export class NodeInfo {
  readonly name: string;
  #node: Node | undefined;
  #allocatable: Amounts = {};
  readonly #pods = new Map<string, PodInfo>();
  readonly #requested: Record<string, number> = {};
  readonly #weights: Record<string, number> = {};
  /** Addresses taken, by protocol and port. */
  readonly #ports = new Map<string, string[]>();

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined while only pods that name it are known. */
  get node(): Node | undefined {
    return this.#node;
  }

  set node(node: Node | undefined) {
    this.#node = node;
    this.#allocatable = parseAmounts(node?.status?.allocatable);
  }

  get podCount(): number {
    return this.#pods.size;
  }

  /** Cpu in thousandths, others in whole units; 0 for what the node does not have. */
  allocatable(resource: string): number {
    return this.#allocatable[resource] ?? 0;
  }

  requested(resource: string): number {
    return this.#requested[resource] ?? 0;
  }

  /** Like `requested`, with a guess for containers that request nothing. */
  weight(resource: string): number {
    return this.#weights[resource] ?? 0;
  }

  /** Whether a pod of this node has this port of the host. The address 0.0.0.0 is all addresses. */
  isTaken({ ip, protocol, port }: HostPort): boolean {
    const taken = this.#ports.get(`${protocol}/${port}`) ?? [];
    return taken.some((other) => other === ip || other === "0.0.0.0" || ip === "0.0.0.0");
  }

  has(uid: string): boolean {
    return this.#pods.has(uid);
  }

  get(uid: string): PodInfo | undefined {
    return this.#pods.get(uid);
  }

  /** Adds a pod, in place of what was there with its uid. */
  add(info: PodInfo): void {
    this.remove(info.pod.metadata.uid);
    this.#pods.set(info.pod.metadata.uid, info);
    this.#count(info, 1);
    for (const { ip, protocol, port } of info.hostPorts) {
      const key = `${protocol}/${port}`;
      this.#ports.set(key, [...(this.#ports.get(key) ?? []), ip]);
    }
  }

  /** Whether it was there. */
  remove(uid: string): boolean {
    const info = this.#pods.get(uid);
    if (!info) return false;
    this.#pods.delete(uid);
    this.#count(info, -1);
    for (const { ip, protocol, port } of info.hostPorts) {
      const key = `${protocol}/${port}`;
      const left = this.#ports.get(key) ?? [];
      left.splice(left.indexOf(ip), 1);
      if (left.length === 0) this.#ports.delete(key);
    }
    return true;
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    for (const [name, amount] of Object.entries(info.requests)) this.#requested[name] = (this.#requested[name] ?? 0) + sign * amount;
    for (const [name, amount] of Object.entries(info.weights)) this.#weights[name] = (this.#weights[name] ?? 0) + sign * amount;
  }
}
