import type { ContainerRuntime, ContainerStatus, Sandbox } from "@wherry/runtime";

/** A pod's things on the engine. */
export interface PodInventory {
  /** Newest first; dead ones among them. */
  sandboxes: readonly Sandbox[];
  containers: readonly ContainerStatus[];
}

/**
 * What is on the engine, as far as this agent knows: `refresh` reads all of it, and single changes are noted as they are made or heard of. A note always wins over
 * a `refresh` that began before it.
 */
export class Inventory {
  readonly #runtime: ContainerRuntime;
  readonly #onChange: (podUid: string) => void;
  readonly #containers = new Map<string, ContainerStatus>();
  readonly #sandboxes = new Map<string, Sandbox>();
  /** Ids of each pod's containers and sandboxes. */
  readonly #byPod = new Map<string, Set<string>>();
  /** When an id was last noted, in ticks. Forgotten when no refresh is under way. */
  readonly #noted = new Map<string, number>();
  #tick = 0;
  #refreshing = 0;

  constructor(runtime: ContainerRuntime, onChange: (podUid: string) => void) {
    this.#runtime = runtime;
    this.#onChange = onChange;
  }

  pod(uid: string): PodInventory {
    const ids = [...(this.#byPod.get(uid) ?? [])];
    return {
      sandboxes: ids.flatMap((id) => this.#sandboxes.get(id) ?? []).sort((a, b) => b.createdAt - a.createdAt),
      containers: ids.flatMap((id) => this.#containers.get(id) ?? []),
    };
  }

  podUids(): string[] {
    return [...this.#byPod.keys()];
  }

  /** Sandboxes that wait for a pod, dead ones among them. */
  warmSandboxes(): Sandbox[] {
    return [...this.#sandboxes.values()].filter((s) => s.pod === undefined);
  }

  container(id: string): ContainerStatus | undefined {
    return this.#containers.get(id);
  }

  /** Reads everything from the engine. */
  async refresh(): Promise<void> {
    const began = ++this.#tick;
    this.#refreshing++;
    try {
      const { sandboxes, containers } = await this.#runtime.list();
      const ids = new Set([...sandboxes, ...containers].map((o) => o.id));
      for (const sandbox of sandboxes) if (!this.#notedSince(sandbox.id, began)) this.#putSandbox(sandbox);
      for (const container of containers) if (!this.#notedSince(container.id, began)) this.#putContainer(container);
      for (const id of [...this.#containers.keys(), ...this.#sandboxes.keys()])
        if (!ids.has(id) && !this.#notedSince(id, began)) this.#drop(id);
    } finally {
      if (--this.#refreshing === 0) this.#noted.clear();
    }
  }

  /** Asks the engine about one container again; gives what it is now. */
  async look(id: string): Promise<ContainerStatus | undefined> {
    const status = await this.#runtime.containerStatus(id);
    if (status) this.noteContainer(status);
    else this.noteGone(id);
    return status;
  }

  noteContainer(status: ContainerStatus): void {
    this.#note(status.id);
    this.#putContainer(status);
  }

  noteSandbox(sandbox: Sandbox): void {
    this.#note(sandbox.id);
    this.#putSandbox(sandbox);
  }

  noteSandboxDead(id: string): void {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox) this.noteSandbox({ ...sandbox, running: false, pid: 0 });
  }

  noteGone(id: string): void {
    this.#note(id);
    this.#drop(id);
  }

  isSandbox(id: string): boolean {
    return this.#sandboxes.has(id);
  }

  #note(id: string): void {
    if (this.#refreshing) this.#noted.set(id, ++this.#tick);
  }

  #notedSince(id: string, tick: number): boolean {
    return (this.#noted.get(id) ?? 0) > tick;
  }

  #putContainer(status: ContainerStatus): void {
    const before = this.#containers.get(status.id);
    this.#containers.set(status.id, status);
    this.#file(status.pod.uid, status.id);
    if (!before || before.state !== status.state || before.exitCode !== status.exitCode || before.oomKilled !== status.oomKilled)
      this.#onChange(status.pod.uid);
  }

  #putSandbox(sandbox: Sandbox): void {
    const before = this.#sandboxes.get(sandbox.id);
    this.#sandboxes.set(sandbox.id, sandbox);
    if (!sandbox.pod) return;
    this.#file(sandbox.pod.uid, sandbox.id);
    if (before?.running !== sandbox.running) this.#onChange(sandbox.pod.uid);
  }

  #file(uid: string, id: string): void {
    const ids = this.#byPod.get(uid);
    if (ids) ids.add(id);
    else this.#byPod.set(uid, new Set([id]));
  }

  #drop(id: string): void {
    const uid = this.#containers.get(id)?.pod.uid ?? this.#sandboxes.get(id)?.pod?.uid;
    this.#containers.delete(id);
    this.#sandboxes.delete(id);
    if (uid === undefined) return;
    const ids = this.#byPod.get(uid);
    ids?.delete(id);
    if (ids?.size === 0) this.#byPod.delete(uid);
    this.#onChange(uid);
  }
}
