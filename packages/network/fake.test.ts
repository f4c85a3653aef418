import { networkContract } from "./contract.ts";
import { FakeNetwork } from "./fake.ts";

const config = {
  cluster: "test",
  podCIDR: "10.98.0.0/24",
  clusterCIDR: "10.98.0.0/16",
  serviceCIDR: "10.97.0.0/16",
  dnsIP: "10.97.0.10",
  nodeIP: "192.0.2.1",
};

networkContract("FakeNetwork", async () => {
  const driver = new FakeNetwork();
  let pods = 0;
  const startPod = async () => ({ id: `pod-${++pods}`, pid: pods });
  return { driver, config, restarted: () => driver, startPod, close: async () => {} };
});
