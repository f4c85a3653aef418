export { createLinuxNetwork, LinuxNetwork, type LinuxNetworkOptions } from "./linux-network.ts";
