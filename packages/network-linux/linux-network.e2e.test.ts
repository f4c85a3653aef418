import type { ServicePort } from "@wherry/network";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LinuxNetwork } from "./linux-network.ts";
import { config, obstacle, TestHost, type TestPod } from "./test-host.ts";

describe.runIf(!obstacle)("LinuxNetwork", { timeout: 60_000 }, () => {
  let host: TestHost;
  let network: LinuxNetwork;

  beforeEach(async () => {
    host = await TestHost.open();
    network = host.driver();
    await network.setup(config);
  });
  afterEach(() => host.close());

  async function pod(): Promise<TestPod & { ip: string }> {
    const started = await host.startPod();
    return { ...started, ip: (await network.attach(started.id, started.pid)).ip };
  }

  function service(pods: readonly { ip: string }[], more: Partial<ServicePort> = {}): ServicePort {
    const endpoints = pods.map(({ ip }) => ({ ip, port: 8080 }));
    return { id: "default/web:http", protocol: "TCP", addresses: ["10.97.0.80"], port: 80, nodePort: 30080, endpoints, ...more };
  }

  it("carries packets between pods, from the host to a pod, and from a pod to the outside under the node's address", async () => {
    const [a, b] = [await pod(), await pod()];
    await host.serve(b, 8080, "b");
    await host.serve(host.outside, 8080, "outside");
    expect(await host.ask(a, b.ip, 8080)).toBe(`b ${a.ip}`);
    expect(await host.ask(host.name, b.ip, 8080)).toBe("b 10.98.0.1");
    expect(await host.ask(a, "192.0.2.254", 8080)).toBe("outside 192.0.2.1");
  });

  it.each(["iptables-nft", "iptables-legacy"])(
    "carries packets where %s drops everything forwarded, as next to Docker",
    async (iptables) => {
      const [a, b] = [await pod(), await pod()];
      await host.run(host.name, `${iptables} -P FORWARD DROP`);
      await network.setup(config);
      await host.serve(b, 8080, "b");
      await host.serve(host.outside, 8080, "outside");
      await network.applyServices([service([b])]);
      expect(await host.ask(a, b.ip, 8080)).toBe(`b ${a.ip}`);
      expect(await host.ask(a, "10.97.0.80", 80)).toBe(`b ${a.ip}`);
      expect(await host.ask(a, "192.0.2.254", 8080)).toBe("outside 192.0.2.1");
      expect(await host.ask(host.outside, "192.0.2.1", 30080)).toBe("b 192.0.2.254");
    },
  );

  it("sends a service's connections to its endpoints: from pods, the host, the outside, 127.0.0.1, and from an endpoint to itself", async () => {
    const [a, b] = [await pod(), await pod()];
    await host.serve(b, 8080, "b");
    await network.applyServices([service([b])]);
    expect(await host.ask(a, "10.97.0.80", 80)).toBe(`b ${a.ip}`);
    expect(await host.ask(host.name, "10.97.0.80", 80)).toBe("b 10.98.0.1");
    expect(await host.ask(host.name, "192.0.2.1", 30080)).toMatch(/^b /);
    expect(await host.ask(host.name, "127.0.0.1", 30080)).toMatch(/^b /);
    expect(await host.ask(a, "192.0.2.1", 30080)).toBe(`b ${a.ip}`);
    expect(await host.ask(host.outside, "192.0.2.1", 30080)).toBe("b 192.0.2.254");
    expect(await host.ask(b, "10.97.0.80", 80)).toMatch(/^b /);
    expect(await host.ask(b, "192.0.2.1", 30080)).toMatch(/^b /);
  });

  it("sends a service's connections to addresses that are no pod's: the node's own, and one outside", async () => {
    const a = await pod();
    await host.serve(host.name, 6443, "node");
    await host.serve(host.outside, 8080, "outside");
    const api = service([], {
      id: "default/kubernetes:https",
      addresses: ["10.97.0.1"],
      port: 443,
      endpoints: [{ ip: "192.0.2.1", port: 6443 }],
    });
    const external = service([{ ip: "192.0.2.254" }], { nodePort: 30081 });
    await network.applyServices([api, external]);
    expect(await host.ask(a, "10.97.0.1", 443)).toBe(`node ${a.ip}`);
    expect(await host.ask(host.name, "10.97.0.1", 443)).toMatch(/^node /);
    expect(await host.ask(a, "10.97.0.80", 80)).toBe("outside 192.0.2.1");
    expect(await host.ask(host.name, "10.97.0.80", 80)).toBe("outside 192.0.2.1");
  });

  it("carries UDP to a service", async () => {
    const [a, b] = [await pod(), await pod()];
    await host.serve(b, 8080, "b", { udp: true });
    await network.applyServices([service([b], { protocol: "UDP" })]);
    expect(await host.ask(a, "10.97.0.80", 80, { udp: true })).toBe(`b ${a.ip}`);
  });

  it("works where the bridge's packets pass no filter", async () => {
    await host.run(host.name, "echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables");
    const [a, b] = [await pod(), await pod()];
    await host.serve(b, 8080, "b");
    await network.applyServices([service([b])]);
    expect(await host.ask(a, "10.97.0.80", 80)).toMatch(/^b /);
  });

  it("repairs what somebody else removed", async () => {
    const [a, b] = [await pod(), await pod()];
    await host.serve(b, 8080, "b");
    await network.applyServices([service([b])]);
    await host.run(host.name, "nft flush ruleset; ip route flush table main; ip route add default via 192.0.2.254 dev uplink onlink");
    await network.setup(config);
    expect(await host.ask(a, "10.97.0.80", 80)).toBe(`b ${a.ip}`);
    expect(await host.ask(host.name, "127.0.0.1", 30080)).toMatch(/^b /);
    expect(await host.ask(host.name, b.ip, 8080)).toMatch(/^b /);
  });

  it("makes a table of another shape anew, with its services", async () => {
    const b = await pod();
    await host.serve(b, 8080, "b");
    await network.applyServices([service([b])]);
    await host.run(
      host.name,
      "nft delete table ip wherry-test; nft 'add table ip wherry-test; add map ip wherry-test services { type ipv4_addr : verdict; }'",
    );
    await network.setup(config);
    expect(await host.ask(host.name, "10.97.0.80", 80)).toMatch(/^b /);
  });

  it("spreads connections over all endpoints", async () => {
    const [a, b, c] = [await pod(), await pod(), await pod()];
    await host.serve(b, 8080, "b");
    await host.serve(c, 8080, "c");
    await network.applyServices([service([b, c])]);
    const answers = await Promise.all(Array.from({ length: 40 }, () => host.ask(a, "10.97.0.80", 80)));
    expect(new Set(answers)).toEqual(new Set([`b ${a.ip}`, `c ${a.ip}`]));
  });

  it("keeps a client at its endpoint with affinity, as long as that is there", async () => {
    const [a, b, c] = [await pod(), await pod(), await pod()];
    await host.serve(b, 8080, "b");
    await host.serve(c, 8080, "c");
    await network.applyServices([service([b, c], { affinitySeconds: 100 })]);
    const ask = async () => (await host.ask(a, "10.97.0.80", 80))!.split(" ")[0];
    const first = await ask();
    for (let i = 0; i < 10; i++) expect(await ask()).toBe(first);
    const restarted = host.driver();
    await restarted.setup(config);
    await restarted.applyServices([service([b, c], { affinitySeconds: 100 })]);
    for (let i = 0; i < 10; i++) expect(await ask()).toBe(first);
    await restarted.applyServices([service([first === "b" ? c : b], { affinitySeconds: 100 })]);
    expect(await ask()).toBe(first === "b" ? "c" : "b");
  });

  it("refuses at once what nobody answers", async () => {
    const a = await pod();
    await network.applyServices([service([], { addresses: ["10.97.0.80", "203.0.113.7"] })]);
    for (const where of [a, host.name]) {
      expect(await host.complaint(where, "10.97.0.80", 80)).toContain("Connection refused");
      expect(await host.complaint(where, "10.97.0.99", 80)).toContain("Connection refused");
      expect(await host.complaint(where, "203.0.113.7", 80)).toContain("Connection refused");
    }
    expect(await host.complaint(host.outside, "192.0.2.1", 30080)).toContain("Connection refused");
    expect(await host.complaint(host.name, "127.0.0.1", 30080)).toContain("Connection refused");
  });

  it("lets nothing of the cluster's out of the uplink", async () => {
    const a = await pod();
    await host.run(
      host.outside,
      "nft add table ip seen && nft add chain ip seen c '{ type filter hook prerouting priority 0; }' && nft add rule ip seen c ip daddr 10.96.0.0/14 counter",
    );
    await network.applyServices([service([])]);
    for (const address of ["10.97.0.80", "10.97.0.99", "10.98.7.7"])
      for (const where of [a, host.name]) await host.ask(where, address, 80, { seconds: 1 });
    await host.run(host.name, "nft delete table ip wherry-test");
    await host.ask(a, "10.97.0.80", 80, { seconds: 1 });
    expect(await host.run(host.outside, "nft list chain ip seen c")).toContain("packets 0 ");
  });

  it("keeps pods away from what listens on the host's 127.0.0.1", async () => {
    const a = await pod();
    await host.serve(host.name, 9999, "secret");
    await host.run(
      a,
      "ip route add 127.0.0.1/32 via 10.98.0.1 table 100; ip rule add pref 0 to 127.0.0.1 lookup 100; ip rule del pref 0 lookup local; ip rule add pref 1 lookup local; echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet",
    );
    expect(await host.ask(a, "127.0.0.1", 9999, { seconds: 1 })).toBeUndefined();
    expect(await host.ask(a, "10.98.0.1", 9999)).toBe(`secret ${a.ip}`);
  });

  it("answers the cluster DNS address itself", async () => {
    const a = await pod();
    await host.serve(host.name, 53, "dns", { udp: true, address: config.dnsIP });
    await network.applyServices([service([], { id: "kube-system/kube-dns:dns", protocol: "UDP", addresses: [config.dnsIP], port: 53 })]);
    expect(await host.ask(a, config.dnsIP, 53, { udp: true })).toMatch(/^dns/);
    expect(await host.ask(host.name, config.dnsIP, 53, { udp: true })).toMatch(/^dns/);
  });

  it("changes little for a little change among 1,000 services, and reads them back after a restart", async () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      service([{ ip: "10.98.0.10" }, { ip: "10.98.0.11" }], {
        id: `default/s${i}:`,
        addresses: [`10.97.${4 + (i >> 8)}.${i & 255}`],
        nodePort: 31000 + i,
      }),
    );
    await network.applyServices(many);
    const before = await elements();
    const handles = await handlesOf();
    await network.applyServices(many.with(7, { ...many[7]!, endpoints: [{ ip: "10.98.0.10", port: 8080 }] }));
    expect((await elements()).filter((line) => !before.includes(line))).toEqual([
      "10.97.4.7 . tcp . 80 : goto n1",
      "tcp . 31007 : goto m1",
    ]);
    // What kept its handle was not made anew.
    expect(await handlesOf()).toEqual(expect.arrayContaining(handles));
    const restarted = host.driver();
    await restarted.setup(config);
    await restarted.applyServices(many);
    expect(await elements()).toEqual(before);
  });

  async function elements(): Promise<string[]> {
    const rules = await host.run(host.name, "nft -s list table ip wherry-test");
    const texts = rules.split(/[\n,{}]/).map((line) => line.replace("elements =", "").trim());
    return texts.filter((text) => /^[\d.]+ \. |^(tcp|udp) \. /.test(text)).sort();
  }

  async function handlesOf(): Promise<string[]> {
    const rules = await host.run(host.name, "nft -a list table ip wherry-test");
    return rules.split("\n").filter((line) => line.includes("# handle"));
  }

  it("leaves nothing behind", async () => {
    const clean = await TestHost.open();
    try {
      for (const policy of ["", "iptables -P FORWARD DROP"]) {
        await clean.run(clean.name, policy || "true");
        const before = await clean.state();
        const driver = clean.driver();
        await driver.setup(config);
        const { id, pid } = await clean.startPod();
        await driver.attach(id, pid);
        await driver.applyServices([
          service([{ ip: "10.98.0.2" }]),
          service([{ ip: "10.98.0.2" }], { id: "x", addresses: ["10.97.0.81"], nodePort: 30081, affinitySeconds: 10 }),
        ]);
        await driver.applyPeers([{ node: "other", podCIDR: "10.98.1.0/24", address: "192.0.2.254" }]);
        expect(await clean.state()).not.toBe(before);
        await clean.driver().teardown();
        expect(await clean.state()).toBe(before);
      }
    } finally {
      await clean.close();
    }
  });

  it("lives beside another cluster, and refuses ranges that are in use", async () => {
    const other = host.driver("other");
    const ranges = {
      cluster: "other",
      podCIDR: "10.108.0.0/24",
      clusterCIDR: "10.108.0.0/16",
      serviceCIDR: "10.107.0.0/16",
      dnsIP: "10.107.0.10",
    };
    await expect(other.setup({ ...config, cluster: "other" })).rejects.toThrow("the range 10.98.0.0/16 is in use");
    await other.setup({ ...config, ...ranges });
    const [a, started] = [await pod(), await host.startPod()];
    await host.serve(a, 8080, "a");
    await network.applyServices([service([a])]);
    await other.attach(started.id, started.pid);
    expect(await host.ask(a, "10.97.0.80", 80)).toMatch(/^a /);
    await other.teardown();
    expect(await host.ask(host.name, "10.97.0.80", 80)).toBe("a 10.98.0.1");
    expect(await network.attachments()).toHaveLength(1);
  });

  it("routes to the pods of other nodes, and forgets nodes that went", async () => {
    const a = await pod();
    await host.serve(a, 8080, "a");
    await host.run(host.outside, "ip route add 10.98.0.0/24 via 192.0.2.1 && ip addr add 10.98.1.1/24 dev lo");
    await host.serve(host.outside, 8080, "far");
    await network.applyPeers([{ node: "far", podCIDR: "10.98.1.0/24", address: "192.0.2.254" }]);
    await network.applyServices([service([{ ip: "10.98.1.1" }])]);
    expect(await host.ask(a, "10.98.1.1", 8080)).toBe(`far ${a.ip}`);
    expect(await host.ask(a, "10.97.0.80", 80)).toBe(`far ${a.ip}`);
    expect(await host.ask(host.name, "127.0.0.1", 30080)).toMatch(/^far /);
    await network.applyPeers([]);
    expect(await host.complaint(a, "10.98.1.1", 8080)).toMatch(/unreachable|No route/i);
  });

  it("frees the addresses of sandboxes that died", async () => {
    const small = { ...config, podCIDR: "10.98.0.0/29" };
    await network.teardown();
    await network.setup(small);
    const pods = await Promise.all(Array.from({ length: 5 }, () => pod()));
    await expect(pod()).rejects.toThrow("no free address in 10.98.0.0/29");
    await host.run(pods[0]!, "ip link del eth0");
    expect((await pod()).ip).toBe(pods[0]!.ip);
  });
});
