import { limiter } from "@wherry/base";
import { AddressPool, type Attachment, NetworkError, NoAddressError, parseCidr } from "@wherry/network";
import type { Host } from "./host.ts";
import type { LinkJson } from "./ip-json.ts";
import { linkAlias, linkName, type Names, parseLinkAlias } from "./names.ts";

/** How many links are made at once: the kernel takes a global lock for each. */
const CONCURRENCY = 4;

/** Pods' links to the bridge. The kernel is the truth: each link's alias, set last of all, tells whose it is and which address it has. */
export class PodLinks {
  readonly #host: Host;
  readonly #cluster: string;
  readonly #names: Names;
  readonly #mtu: number;
  readonly #prefix: number;
  readonly #pool: AddressPool;
  readonly #turn = limiter(CONCURRENCY);
  /** Attachments on their way into the kernel. */
  readonly #pending = new Map<string, Promise<Attachment>>();

  private constructor(host: Host, cluster: string, names: Names, podCIDR: string, mtu: number) {
    this.#host = host;
    this.#cluster = cluster;
    this.#names = names;
    this.#mtu = mtu;
    this.#prefix = parseCidr(podCIDR).prefix;
    this.#pool = new AddressPool(podCIDR);
  }

  /** Takes up what is attached already. */
  static async open(host: Host, cluster: string, names: Names, podCIDR: string, mtu: number): Promise<PodLinks> {
    const links = new PodLinks(host, cluster, names, podCIDR, mtu);
    for (const { id, ip } of await readAttachments(host, cluster, names)) links.#pool.claim(id, ip);
    return links;
  }

  attach(id: string, pid: number): Promise<Attachment> {
    const pending = this.#pending.get(id);
    if (pending) return pending;
    const made = this.#turn(() => this.#attach(id, pid)).finally(() => this.#pending.delete(id));
    this.#pending.set(id, made);
    return made;
  }

  async detach(id: string): Promise<void> {
    await this.#pending.get(id)?.catch(() => {});
    await this.#remove(id);
    this.#pool.release(id);
  }

  async list(): Promise<Attachment[]> {
    const found = await readAttachments(this.#host, this.#cluster, this.#names);
    return found.map(({ id, ip }) => ({ id, ip, gateway: this.#pool.gateway }));
  }

  async #attach(id: string, pid: number): Promise<Attachment> {
    const known = this.#pool.addressOf(id);
    const ip = known ?? (await this.#allocate(id));
    const attachment = { id, ip, gateway: this.#pool.gateway };
    if (known && (await this.#isComplete(id))) return attachment;
    try {
      if (known) await this.#remove(id);
      await this.#link(id, pid, ip);
      return attachment;
    } catch (error) {
      await this.#remove(id).catch(() => {});
      this.#pool.release(id);
      throw error;
    }
  }

  /** Made from inside the pod, so that its end is ready before the host's end appears; the alias says that all is done. */
  async #link(id: string, pid: number, ip: string): Promise<void> {
    const name = linkName(this.#cluster, id);
    const inside = [
      `link add eth0 mtu ${this.#mtu} type veth peer name ${name} mtu ${this.#mtu} netns ${this.#host.namespace}`,
      `addr add ${ip}/${this.#prefix} dev eth0`,
      "link set lo up",
      "link set eth0 up",
      `route add default via ${this.#pool.gateway}`,
    ];
    const { code, stderr } = await this.#host.try("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", "-batch", "-"], `${inside.join("\n")}\n`);
    if (code !== 0)
      throw new NetworkError(`cannot give sandbox ${id} (process ${pid}) the address ${ip}: ${stderr.trim() || `exit code ${code}`}`);
    await this.#host.ip([
      `link set ${name} master ${this.#names.bridge} up`,
      `link set ${name} type bridge_slave hairpin on`,
      `link set ${name} alias ${linkAlias(this.#cluster, id, ip)}`,
    ]);
  }

  async #isComplete(id: string): Promise<boolean> {
    const { code, stdout } = await this.#host.try("ip", ["-j", "link", "show", linkName(this.#cluster, id)]);
    const [link] = code === 0 ? (JSON.parse(stdout) as LinkJson[]) : [];
    return link?.master === this.#names.bridge && parseLinkAlias(this.#cluster, link.ifalias)?.id === id;
  }

  async #remove(id: string): Promise<void> {
    const { code, stderr } = await this.#host.try("ip", ["link", "del", linkName(this.#cluster, id)]);
    if (code !== 0 && !/cannot find device/i.test(stderr))
      throw new NetworkError(`cannot remove the link of sandbox ${id}: ${stderr.trim()}`);
  }

  /** A sandbox that died took its link with it: its address is free, whether or not somebody told us. */
  async #allocate(id: string): Promise<string> {
    try {
      return this.#pool.allocate(id);
    } catch (error) {
      if (!(error instanceof NoAddressError)) throw error;
      const alive = new Set((await this.list()).map((a) => a.id));
      for (const owner of this.#pool.owners()) if (!alive.has(owner) && !this.#pending.has(owner)) this.#pool.release(owner);
      return this.#pool.allocate(id);
    }
  }
}

/** Every link of the cluster whose making was finished. */
export async function readAttachments(host: Host, cluster: string, names: Names): Promise<{ id: string; ip: string; link: string }[]> {
  const { code, stdout } = await host.try("ip", ["-j", "link", "show", "master", names.bridge]);
  const links = code === 0 && stdout.trim() ? (JSON.parse(stdout) as LinkJson[]) : [];
  return links.flatMap(({ ifname, ifalias }) => {
    const found = parseLinkAlias(cluster, ifalias);
    return found ? [{ ...found, link: ifname }] : [];
  });
}
