import type { Logger } from "@wherry/base";
import type { Host } from "./host.ts";
import type { Names } from "./names.ts";

/**
 * Docker, and many firewalls, drop what is forwarded unless a rule of theirs lets it through; and an accept in one table does not spare a packet the next
 * one's drop. So the bridge's packets are accepted at the head of iptables' FORWARD chain too, wherever there is one.
 */
export class ForwardRules {
  readonly #host: Host;
  readonly #names: Names;
  readonly #log: Logger;

  constructor(host: Host, names: Names, log: Logger) {
    this.#host = host;
    this.#names = names;
    this.#log = log;
  }

  async ensure(): Promise<void> {
    for (const iptables of await this.#tools())
      for (const rule of this.#rules()) {
        const present = await this.#host.try(iptables, ["-w", "-C", "FORWARD", ...rule]);
        if (present.code !== 0) await this.#host.run(iptables, ["-w", "-I", "FORWARD", "1", ...rule]);
      }
  }

  async remove(): Promise<void> {
    for (const iptables of await this.#tools())
      for (const rule of this.#rules()) while ((await this.#host.try(iptables, ["-w", "-D", "FORWARD", ...rule])).code === 0);
  }

  #rules(): string[][] {
    const { bridge, comment } = this.#names;
    return ["-i", "-o"].map((direction) => [direction, bridge, "-m", "comment", "--comment", comment, "-j", "ACCEPT"]);
  }

  /** One iptables for each of its two back ends that has a FORWARD chain here. A back end that is not in use is left alone: asking would create it. */
  async #tools(): Promise<string[]> {
    const modern = (await this.#host.try("nft", ["list", "chain", "ip", "filter", "FORWARD"])).code === 0;
    const legacyTables = await this.#host.try("cat", ["/proc/net/ip_tables_names"]);
    const legacy = legacyTables.stdout.split("\n").includes("filter");
    const tools = [modern && (await this.#tool("nft")), legacy && (await this.#tool("legacy"))];
    return tools.filter((tool) => tool !== false && tool !== undefined);
  }

  async #tool(backEnd: "nft" | "legacy"): Promise<string | undefined> {
    for (const name of [`iptables-${backEnd}`, "iptables"]) {
      const { stdout } = await this.#host.try(name, ["--version"]).catch(() => ({ stdout: "" }));
      if (stdout.includes(backEnd === "nft" ? "nf_tables" : "legacy")) return name;
    }
    this.#log.warn(
      "a FORWARD chain of iptables exists, but not the command to change it: packets of pods may be dropped. Install iptables",
      {
        backEnd,
      },
    );
    return undefined;
  }
}
