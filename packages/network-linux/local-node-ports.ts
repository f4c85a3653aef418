import type { Host } from "./host.ts";
import type { Names } from "./names.ts";

const MARKER = "localnet-";

interface ChainsJson {
  nftables: { chain?: { table: string; name: string } }[];
}

/**
 * Lets packets from 127.0.0.1 leave through the uplink, as a node port that is asked for there and answered by a pod on another node needs (the table's
 * guard keeps the way back shut). An empty chain in the table remembers that it was us who opened it.
 */
export async function openUplink(host: Host, names: Names, uplink: string): Promise<void> {
  const setting = settingOf(uplink);
  if ((await host.setting(setting)) === "1") return;
  await host.run("nft", ["add", "chain", "ip", names.table, `${MARKER}${uplink}`]);
  await host.set(setting, "1");
}

/** Undoes it, unless another cluster needs it too. Comes before the table goes. */
export async function closeUplink(host: Host, names: Names): Promise<void> {
  const { code, stdout } = await host.try("nft", ["-j", "list", "chains", "ip"]);
  if (code !== 0) return;
  const chains = (JSON.parse(stdout) as ChainsJson).nftables.flatMap(({ chain }) => (chain?.name.startsWith(MARKER) ? [chain] : []));
  for (const { name } of chains.filter((chain) => chain.table === names.table)) {
    const shared = chains.find((chain) => chain.name === name && chain.table !== names.table);
    const setting = settingOf(name.slice(MARKER.length));
    if (!shared && (await host.setting(setting)) !== undefined) await host.set(setting, "0");
  }
}

function settingOf(device: string): string {
  return `net/ipv4/conf/${device.replaceAll(".", "/")}/route_localnet`;
}
