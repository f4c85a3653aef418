import { addressAt, formatCidr, type NodeNetworkConfig, parseCidr } from "@wherry/network";
import type { Host } from "./host.ts";
import type { LinkJson } from "./ip-json.ts";
import { bridgeAddress, type Names } from "./names.ts";

/** Used when the node's own device is not found. */
const DEFAULT_MTU = 1500;

/**
 * Makes the bridge with the pods' gateway address and the cluster DNS address; keeps what is right. The packets that pass it are as large as those of the
 * device that has the node's address.
 */
export async function ensureBridge(
  host: Host,
  names: Names,
  config: NodeNetworkConfig,
): Promise<{ mtu: number; uplink: string | undefined }> {
  const links = await host.ipJson<LinkJson>(["addr", "show"]);
  const uplink = links.find((link) => link.addr_info?.some((a) => a.local === config.nodeIP));
  const mtu = uplink && uplink.ifname !== "lo" ? uplink.mtu : DEFAULT_MTU;
  const bridge = links.find((link) => link.ifname === names.bridge);
  const range = parseCidr(config.podCIDR);
  const gateway = addressAt(range, 1);
  const wanted = [`${gateway}/${range.prefix}`, `${config.dnsIP}/32`];
  const present = (bridge?.addr_info ?? []).filter((a) => a.family === "inet").map((a) => `${a.local}/${a.prefixlen}`);
  await host.ip([
    ...(bridge ? [] : [`link add ${names.bridge} address ${bridgeAddress(config.cluster)} type bridge`]),
    ...(bridge?.mtu === mtu ? [] : [`link set ${names.bridge} mtu ${mtu}`]),
    ...present.filter((address) => !wanted.includes(address)).map((address) => `addr del ${address} dev ${names.bridge}`),
    ...wanted.filter((address) => !present.includes(address)).map((address) => `addr add ${address} dev ${names.bridge}`),
    `link set ${names.bridge} up`,
    // The kernel made it with the address; somebody may have removed it.
    `route replace ${formatCidr(range)} dev ${names.bridge} proto kernel scope link src ${gateway}`,
  ]);
  return { mtu, uplink: uplink?.ifname };
}

/** Whether packets between pods pass netfilter on the bridge, so that a service's answers find their way back. Asks for it, of this bridge alone. */
export async function filterBridge(host: Host, names: Names): Promise<boolean> {
  const loaded = "net/bridge/bridge-nf-call-iptables";
  if ((await host.setting(loaded)) === undefined) await host.try("modprobe", ["br_netfilter"]).catch(() => undefined);
  if ((await host.setting(loaded)) === undefined) return false;
  const { code } = await host.try("ip", ["link", "set", names.bridge, "type", "bridge", "nf_call_iptables", "1"]);
  return code === 0;
}
