import { Pod } from "@wherry/api";
import { pod, stored } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { podHostName } from "./host-name.ts";
import { hostsFile, nodeHostsFile } from "./hosts.ts";
import { formatResolvConf, parseResolvConf, podResolver } from "./resolv-conf.ts";

const made = (spec: Partial<Pod["spec"]>, name = "web") => stored(Pod, pod(name, { spec }));
const cluster = { dns: "10.96.0.10", domain: "cluster.local" };
const host = { nameservers: ["192.0.2.53"], searches: ["corp.example"], options: ["timeout:1"] };
const resolve = (spec: Partial<Pod["spec"]>) => podResolver(made(spec), cluster, host);

describe("a pod's name", () => {
  it.each([
    [{}, { hostname: "web", short: "web", fqdn: undefined }],
    [{ hostname: "db-0" }, { hostname: "db-0", short: "db-0", fqdn: undefined }],
    [
      { hostname: "db-0", subdomain: "db" },
      { hostname: "db-0", short: "db-0", fqdn: "db-0.db.default.svc.cluster.local" },
    ],
    [
      { subdomain: "db", setHostnameAsFQDN: true },
      { hostname: "web.db.default.svc.cluster.local", short: "web", fqdn: "web.db.default.svc.cluster.local" },
    ],
    [{ hostNetwork: true }, { hostname: "n1", short: "n1", fqdn: undefined }],
  ])("%j", (spec, expected) => {
    expect(podHostName(made(spec), "cluster.local", "n1")).toEqual(expected);
  });

  it("is cut to a label, without a dash at its end", () => {
    expect(podHostName(made({}, `${"a".repeat(62)}-tail`), "cluster.local", "n1").hostname).toBe("a".repeat(62));
  });
});

describe("/etc/hosts", () => {
  it("knows the pod, its full name and its aliases", () => {
    const name = { hostname: "db-0", short: "db-0", fqdn: "db-0.db.default.svc.cluster.local" };
    const text = hostsFile("10.244.0.7", name, [{ ip: "1.2.3.4", hostnames: ["a", "b"] }]);
    expect(text).toMatch(/^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
    expect(text).toMatch(
      /\n10\.244\.0\.7\tdb-0\.db\.default\.svc\.cluster\.local\tdb-0\n\n# Entries added by HostAliases\.\n1\.2\.3\.4\ta\tb\n$/,
    );
  });

  it("is the node's own on the node's network", () => {
    expect(nodeHostsFile("127.0.0.1 localhost\n", undefined)).toBe(
      "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n",
    );
  });
});

describe("/etc/resolv.conf", () => {
  const clusterSearches = ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example"];

  it.each([
    [{}, { nameservers: ["10.96.0.10"], searches: clusterSearches, options: ["ndots:5"] }],
    [{ hostNetwork: true }, host],
    [
      { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" },
      { nameservers: ["10.96.0.10"], searches: clusterSearches, options: ["ndots:5"] },
    ],
    [{ dnsPolicy: "Default" }, host],
    [
      { dnsPolicy: "None", dnsConfig: { nameservers: ["1.1.1.1"] } },
      { nameservers: ["1.1.1.1"], searches: [], options: [] },
    ],
    [
      { dnsConfig: { nameservers: ["1.1.1.1"], searches: ["x.example"], options: [{ name: "ndots", value: "2" }, { name: "use-vc" }] } },
      { nameservers: ["10.96.0.10", "1.1.1.1"], searches: [...clusterSearches, "x.example"], options: ["ndots:2", "use-vc"] },
    ],
  ])("%j", (spec, expected) => {
    expect(resolve(spec)).toEqual({ config: expected, warnings: [] });
  });

  it("has no more than a resolver can take, and says what was left out", () => {
    const { config, warnings } = resolve({ dnsConfig: { nameservers: ["1.0.0.1", "1.0.0.2", "1.0.0.3"] } });
    expect(config.nameservers).toEqual(["10.96.0.10", "1.0.0.1", "1.0.0.2"]);
    expect(warnings).toEqual([
      "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 1.0.0.1 1.0.0.2",
    ]);
  });

  it("is written as it is read", () => {
    const text = "search a.example b.example\nnameserver 192.0.2.53\noptions ndots:5 timeout:1\n";
    expect(formatResolvConf(parseResolvConf(`# a comment\ndomain old.example\n${text}`))).toBe(text);
  });
});
