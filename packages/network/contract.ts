import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cidrContains, parseCidr, parseIPv4 } from "./cidr.ts";
import type { NetworkDriver, NodeNetworkConfig, ServicePort } from "./driver.ts";

/** A driver under test. */
export interface NetworkUnderTest {
  driver: NetworkDriver;
  config: NodeNetworkConfig;
  /** Another one on the same kernel, as after a restart of the agent; not set up yet. */
  restarted(): NetworkDriver;
  /** A process in a network namespace of its own. */
  startPod(): Promise<{ id: string; pid: number }>;
  /** Listens at 127.0.0.1 in a pod for one connection only: sends the greeting, ends its direction, and gives all that it receives. */
  listen(pid: number, greeting: string): Promise<{ port: number; received: Promise<string> }>;
  /** Removes everything that was made. */
  close(): Promise<void>;
}

/** What every NetworkDriver promises, as far as it can be seen without sending a packet. */
export function networkContract(name: string, open: () => Promise<NetworkUnderTest>): void {
  describe(`${name} keeps the network contract`, () => {
    let test: NetworkUnderTest;
    let driver: NetworkDriver;

    beforeEach(async () => {
      test = await open();
      driver = test.driver;
      await driver.setup(test.config);
    });
    afterEach(() => test.close());

    it("gives each pod an address of its own out of the node's range", async () => {
      const pods = await Promise.all([1, 2, 3].map(() => test.startPod()));
      const given = await Promise.all(pods.map(({ id, pid }) => driver.attach(id, pid)));
      expect(new Set(given.map((a) => a.ip)).size).toBe(3);
      for (const { ip } of given) expect(cidrContains(parseCidr(test.config.podCIDR), parseIPv4(ip)!)).toBe(true);
      expect(new Set(given.map((a) => a.gateway)).size).toBe(1);
    });

    it("gives the same pod the same address again", async () => {
      const { id, pid } = await test.startPod();
      const [first, second] = await Promise.all([driver.attach(id, pid), driver.attach(id, pid)]);
      expect(second).toEqual(first);
      expect(await driver.attach(id, pid)).toEqual(first);
    });

    it("connects to ports where pods' processes listen, and says when nobody does", async () => {
      const { id, pid } = await test.startPod();
      await driver.attach(id, pid);
      const { port, received } = await test.listen(pid, "greeting");
      const socket = await driver.dial(pid, port);
      const [greeting] = await once(socket, "data");
      expect(String(greeting)).toBe("greeting");
      // Its direction goes on after the other's end.
      await once(socket, "end");
      socket.end("answer");
      expect(await received).toBe("answer");
      await expect(driver.dial(pid, port)).rejects.toThrow(
        `failed to connect to localhost:${port}, IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6 [::1]:${port}: connect: `,
      );
    });

    it("knows what is attached, also after a restart, and gives nobody else that address", async () => {
      const { id, pid } = await test.startPod();
      const attachment = await driver.attach(id, pid);
      const restarted = test.restarted();
      await restarted.setup(test.config);
      expect(await restarted.attachments()).toEqual([attachment]);
      const other = await test.startPod();
      expect((await restarted.attach(other.id, other.pid)).ip).not.toBe(attachment.ip);
      expect(await restarted.attach(id, pid)).toEqual(attachment);
    });

    it("takes an address back, once and again, and does not hand it out at once", async () => {
      const [a, b] = [await test.startPod(), await test.startPod()];
      const { ip } = await driver.attach(a.id, a.pid);
      await driver.detach(a.id);
      await driver.detach(a.id);
      expect(await driver.attachments()).toEqual([]);
      expect((await driver.attach(b.id, b.pid)).ip).not.toBe(ip);
    });

    it("can be set up again, and torn down twice", async () => {
      const { id, pid } = await test.startPod();
      const attachment = await driver.attach(id, pid);
      await driver.setup(test.config);
      expect(await driver.attachments()).toEqual([attachment]);
      await driver.teardown();
      await driver.teardown();
    });

    it("takes any list of services after any other", async () => {
      const service = (n: number, endpoints: number, more: Partial<ServicePort> = {}): ServicePort => ({
        id: `default/s${n}:`,
        protocol: n % 2 ? "TCP" : "UDP",
        addresses: [`10.97.1.${n}`],
        port: 80,
        nodePort: 31000 + n,
        endpoints: Array.from({ length: endpoints }, (_, i) => ({ ip: `10.98.0.${10 + i}`, port: 8080 })),
        ...more,
      });
      await driver.applyServices([service(1, 3), service(2, 0)]);
      await driver.applyServices([service(1, 2), service(2, 1), service(3, 2, { affinitySeconds: 60 })]);
      await driver.applyServices([service(3, 1, { affinitySeconds: 60 })]);
      await driver.applyServices([service(3, 1, { affinitySeconds: 90 })]);
      await driver.applyServices([]);
    });
  });
}
