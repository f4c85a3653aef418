import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Pod } from "@wherry/api";
import type { Sandbox } from "@wherry/runtime";
import type { PodPlace } from "../env/pod-field.ts";
import { podHostName } from "../files/host-name.ts";
import { hostsFile, nodeHostsFile } from "../files/hosts.ts";
import { type PodPaths, podPaths } from "../files/pod-paths.ts";
import { formatResolvConf, podResolver } from "../files/resolv-conf.ts";
import type { PodObjects } from "../objects/pod-objects.ts";
import type { ReadyVolume } from "../volumes/volume.ts";
import { setUpVolumes, tearDownVolumes } from "../volumes/volume-set.ts";
import type { PodContext } from "./context.ts";

/** What a pod's containers live in: its sandbox and address, its volumes, and the files the node writes for it. */
export class PodHome {
  readonly paths: PodPaths;
  /** In place; undefined before `setUpVolumes` succeeded. */
  volumes: ReadonlyMap<string, ReadyVolume> | undefined;
  readonly #context: PodContext;
  readonly #objects: PodObjects;
  #ip: string | undefined;
  #sandbox: string | undefined;
  #filesFor: string | undefined;

  constructor(uid: string, objects: PodObjects, context: PodContext) {
    this.#context = context;
    this.#objects = objects;
    this.paths = podPaths(context.dataDir, uid);
  }

  place(pod: Pod): PodPlace {
    const { nodeName, nodeIP } = this.#context;
    return { nodeName, hostIP: nodeIP, podIP: pod.spec?.hostNetwork ? nodeIP : this.#ip };
  }

  /** What containers are told to join: `host`, a live sandbox with an address, or nothing yet. */
  async joinable(pod: Pod, sandboxes: readonly Sandbox[]): Promise<string | undefined> {
    if (pod.spec?.hostNetwork) return "host";
    const live = sandboxes.find((s) => s.running);
    if (live && live.id !== this.#sandbox) this.#join(live.id, await this.#context.pool.addressOf(live));
    return live?.id;
  }

  /** A sandbox of the pod's own; the dead ones before it are removed. */
  async takeSandbox(pod: Pod, dead: readonly Sandbox[]): Promise<void> {
    const { pool, events } = this.#context;
    if (dead.length) events.event(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    for (const sandbox of dead) await pool.remove(sandbox.id);
    const { name, namespace = "", uid } = pod.metadata;
    const sysctls = Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map((s) => [s.name, s.value]));
    const special = Object.keys(sysctls).length ? { sysctls, hostname: this.hostname(pod) } : undefined;
    const { sandbox, ip } = await pool.take({ name, namespace, uid }, special);
    this.#join(sandbox.id, ip);
  }

  #join(sandbox: string, ip: string): void {
    this.#sandbox = sandbox;
    this.#ip = ip;
  }

  /** Gives the sandbox and its address back. */
  async leaveSandboxes(sandboxes: readonly Sandbox[]): Promise<void> {
    await Promise.all(sandboxes.map((s) => this.#context.pool.remove(s.id)));
  }

  /** Brings all volumes into place, or up to date with the objects they show. Rejects with a VolumeError; `wake` is called when it is worth another try. */
  async setUpVolumes(pod: Pod, wake: () => void): Promise<void> {
    const { mounter, allocatable, directories, node, tokens, exclusiveClaims } = this.#context;
    this.volumes = await setUpVolumes(pod, this.paths, {
      mounter,
      place: this.place(pod),
      allocatable: allocatable(),
      configMap: (name) => this.#objects.configMap(name),
      secret: (name) => this.#objects.secret(name),
      claim: (name) => this.#objects.claim(name),
      volumeOfClaim: (name) => this.#objects.volumeOfClaim(name),
      takeClaim: (key) => exclusiveClaims.take(key, pod.metadata.uid, wake),
      token: (source) => tokens.get(pod, source),
      directories,
      node: node(),
    });
  }

  /** When a volume has to be brought up to date though no object changes, in milliseconds since the epoch. */
  get refreshAt(): number | undefined {
    const times = [...(this.volumes?.values() ?? [])].flatMap(({ refreshAt }) => refreshAt ?? []);
    return times.length ? Math.min(...times) : undefined;
  }

  hostname(pod: Pod): string {
    return podHostName(pod, this.#context.clusterDomain, this.#context.nodeName).hostname;
  }

  /** Writes /etc/hosts, /etc/hostname and /etc/resolv.conf once for each address of the pod. */
  writeFiles(pod: Pod): void {
    const { clusterDNS, clusterDomain, nodeName, resolver, events } = this.#context;
    const { podIP = "" } = this.place(pod);
    if (this.#filesFor === podIP) return;
    const aliases = pod.spec?.hostAliases;
    const hosts = pod.spec?.hostNetwork
      ? nodeHostsFile(readFileSync("/etc/hosts", "utf8"), aliases)
      : hostsFile(podIP, podHostName(pod, clusterDomain, nodeName), aliases);
    const { config, warnings } = podResolver(pod, { dns: clusterDNS, domain: clusterDomain }, resolver);
    mkdirSync(this.paths.root, { recursive: true });
    writeInPlace(this.paths.hosts, hosts);
    writeInPlace(this.paths.hostname, `${this.hostname(pod)}\n`);
    writeInPlace(this.paths.resolvConf, formatResolvConf(config));
    for (const warning of warnings) events.event(pod, "Warning", "DNSConfigForming", warning);
    this.#filesFor = podIP;
  }

  /** An empty file for a container's last words, writable by whoever it runs as. */
  makeTerminationLog(container: string, attempt: number): string {
    const path = this.paths.terminationLog(container, attempt);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
    chmodSync(path, 0o666);
    return path;
  }

  /** Removes all that the pod had on this node's disks. */
  async demolish(): Promise<void> {
    await tearDownVolumes(this.paths, this.#context.mounter);
  }
}

/** Files that running containers have mounted keep their inode; a new one comes whole or not at all. */
function writeInPlace(path: string, content: string): void {
  try {
    if (readFileSync(path, "utf8") === content) return;
    writeFileSync(path, content);
  } catch {
    writeFileSync(`${path}.new`, content, { mode: 0o644 });
    renameSync(`${path}.new`, path);
  }
}
