import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
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
  const listen = async (_: number, greeting: string) => {
    const received = Promise.withResolvers<string>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      server.close();
      socket.end(greeting);
      text(socket).then(received.resolve, received.reject);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return { port: (server.address() as AddressInfo).port, received: received.promise };
  };
  return { driver, config, restarted: () => driver, startPod, listen, close: async () => {} };
});
