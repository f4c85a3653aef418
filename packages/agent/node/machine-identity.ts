import { readFile } from "node:fs/promises";

/** Ids of the machine, as `status.nodeInfo` has them; empty where the machine does not tell. */
export async function machineIdentity(): Promise<{ machineID: string; systemUUID: string; bootID: string }> {
  const read = async (path: string) => (await readFile(path, "utf8").catch(() => "")).trim();
  const [machineID, systemUUID, bootID] = await Promise.all([
    read("/etc/machine-id"),
    read("/sys/class/dmi/id/product_uuid"),
    read("/proc/sys/kernel/random/boot_id"),
  ]);
  return { machineID, systemUUID: systemUUID || machineID, bootID };
}
