import type { Node, Taint } from "@wherry/api";
import { type Amounts, type HostPort, type PodInfo, parseAmounts } from "./pod-info.ts";

/** Amounts that grow and shrink. Cpu and memory have fields of their own: nearly every pod asks for them, on nearly every node. */
export class Sums {
  /** In thousandths of a core. */
  cpu = 0;
  /** In bytes. */
  memory = 0;
  readonly #others = new Map<string, number>();

  /** 0 for what is not there. */
  get(resource: string): number {
    if (resource === "cpu") return this.cpu;
    if (resource === "memory") return this.memory;
    return this.#others.get(resource) ?? 0;
  }

  add(amounts: Amounts, sign: 1 | -1): void {
    for (const resource in amounts) {
      const amount = sign * (amounts[resource] as number);
      if (resource === "cpu") this.cpu += amount;
      else if (resource === "memory") this.memory += amount;
      else this.#others.set(resource, (this.#others.get(resource) ?? 0) + amount);
    }
  }
}

/** A node and the pods on it, with their sums kept as they come and go: a change costs as much as the pod, not the node. */
export class NodeInfo {
  readonly name: string;
  /** What the node can give: cpu in thousandths, others in whole units. */
  allocatable = new Sums();
  /** What its pods ask for. */
  readonly requested = new Sums();
  /** Like `requested`, with a guess for containers that request nothing. */
  readonly weights = new Sums();
  /** The taints that keep pods away, and those that only ask them to stay away. */
  hardTaints: readonly Taint[] = [];
  softTaints: readonly Taint[] = [];
  /** Sizes in bytes of the images that it has, by each of their names. */
  images: ReadonlyMap<string, number> = new Map();
  #node: Node | undefined;
  readonly #pods = new Map<string, PodInfo>();
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
    this.allocatable = new Sums();
    this.allocatable.add(parseAmounts(node?.status?.allocatable), 1);
    const taints = node?.spec?.taints ?? [];
    this.hardTaints = taints.filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
    this.softTaints = taints.filter(({ effect }) => effect === "PreferNoSchedule");
    this.images = new Map((node?.status?.images ?? []).flatMap(({ names, sizeBytes }) => (names ?? []).map((n) => [n, sizeBytes ?? 0])));
  }

  get podCount(): number {
    return this.#pods.size;
  }

  /** In no order. */
  get pods(): Iterable<PodInfo> {
    return this.#pods.values();
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
    this.remove(info.uid);
    this.#pods.set(info.uid, info);
    this.#count(info, 1);
    for (const { ip, protocol, port } of info.hostPorts) {
      const key = `${protocol}/${port}`;
      this.#ports.set(key, [...(this.#ports.get(key) ?? []), ip]);
    }
  }

  /** Gives the pod that was there. */
  remove(uid: string): PodInfo | undefined {
    const info = this.#pods.get(uid);
    if (!info) return undefined;
    this.#pods.delete(uid);
    this.#count(info, -1);
    for (const { ip, protocol, port } of info.hostPorts) {
      const key = `${protocol}/${port}`;
      const left = this.#ports.get(key) ?? [];
      left.splice(left.indexOf(ip), 1);
      if (left.length === 0) this.#ports.delete(key);
    }
    return info;
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    this.requested.add(info.requests, sign);
    this.weights.add(info.weights, sign);
  }
}
