import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { UsageError } from "../errors.ts";
import { type ClusterConfig, DATA_VERSION } from "./config.ts";
import { decide, type Host, type UpOptions } from "./decide.ts";
import { freePort, parseCIDR } from "./host-network.ts";

let dir: string;
let socket: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "cluster-decide-"));
  socket = join(dir, "docker.sock");
  writeFileSync(socket, "");
  vi.stubEnv("DOCKER_HOST", undefined);
  return () => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  };
});

const range = (text: string) => parseCIDR(text, "a route");
const HOST: Host = { taken: [range("172.17.0.0/16")], address: "192.0.2.1" };

const anew = (options: UpOptions = {}, host = HOST) =>
  decide("default", { kubeconfig: join(dir, "config"), ...options }, undefined, false, host);

async function listener(): Promise<number> {
  const server = createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const refuses = async (decision: Promise<unknown>, message: string) => expect(decision).rejects.toEqual(new UsageError(message));

describe("a new cluster", () => {
  it("takes the customary ranges and port, or what is free after them", async () => {
    const config = await anew();
    expect(config).toEqual({
      version: DATA_VERSION,
      name: "default",
      apiPort: expect.any(Number),
      podCIDR: "10.244.0.0/16",
      serviceCIDR: "10.96.0.0/16",
      docker: "/var/run/docker.sock",
      nodeName: hostname().toLowerCase(),
      nodeIP: "192.0.2.1",
      kubeconfig: join(dir, "config"),
    });
    expect(config.apiPort).toBeGreaterThanOrEqual(6443);
  });

  it("keeps off what the host's routes and the pods use", async () => {
    const { podCIDR, serviceCIDR } = await anew(
      { podCidr: "10.97.0.0/16" },
      { taken: [range("10.96.4.0/24"), range("10.244.0.0/16")], address: "192.0.2.1" },
    );
    expect([podCIDR, serviceCIDR]).toEqual(["10.97.0.0/16", "10.98.0.0/16"]);
    expect((await anew({}, { taken: [range("10.244.0.0/24")] })).podCIDR).toBe("10.245.0.0/16");
  });

  it("does what the flags say", async () => {
    const port = await freePort(21_000);
    const flags = { apiPort: String(port), podCidr: "10.1.0.0/16", serviceCidr: "10.2.0.0/20", docker: `unix://${socket}` };
    expect(await anew(flags)).toMatchObject({ apiPort: port, podCIDR: "10.1.0.0/16", serviceCIDR: "10.2.0.0/20", docker: socket });
  });

  it("is at the first address of its pods on a host without any", async () => {
    expect((await anew({}, { taken: [] })).nodeIP).toBe("10.244.0.1");
  });

  it.each<[UpOptions, string]>([
    [
      { podCidr: "10.1.0.0/16", serviceCidr: "10.1.4.0/24" },
      "--pod-cidr 10.1.0.0/16 and --service-cidr 10.1.4.0/24 overlap: choose ranges apart",
    ],
    [{ podCidr: "172.16.0.0/12" }, "--pod-cidr 172.16.0.0/12 overlaps a route of this host (see `ip route`): choose another"],
    [{ serviceCidr: "172.17.8.0/24" }, "--service-cidr 172.17.8.0/24 overlaps a route of this host (see `ip route`): choose another"],
    [{ podCidr: "10.1.0.0/30" }, "--pod-cidr 10.1.0.0/30 holds 4 addresses only: a /24, or a wider range, is needed"],
    [{ serviceCidr: "10.1.0.0/28" }, "--service-cidr 10.1.0.0/28 holds 16 addresses only: a /24, or a wider range, is needed"],
    [{ podCidr: "ten" }, '--pod-cidr "ten": not an IPv4 range such as 10.244.0.0/16'],
    [{ serviceCidr: "10.0.0.0" }, '--service-cidr "10.0.0.0": not an IPv4 range such as 10.244.0.0/16'],
    [{ apiPort: "http" }, '--api-port "http": must be between 1 and 65535'],
    [{ apiPort: "65536" }, '--api-port "65536": must be between 1 and 65535'],
    [{ apiPort: "" }, '--api-port "": must be between 1 and 65535'],
    [{ docker: "/no/such.sock" }, "--docker /no/such.sock: there is no such socket"],
    [
      { docker: "tcp://192.0.2.9:2375" },
      "Docker at tcp://192.0.2.9:2375: only a local socket such as /var/run/docker.sock can run pods; name it with --docker",
    ],
  ])("refuses %j", (options, message) => refuses(anew(options), message));

  it("refuses a port that is taken", async () => {
    const port = await listener();
    const message = `port ${port} is taken by another program (see \`ss -ltnp 'sport = ${port}'\`): end it, or choose another with --api-port`;
    await refuses(anew({ apiPort: String(port) }), message);
  });

  it("finds Docker by DOCKER_HOST, unless --docker names it", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///run/other.sock");
    expect((await anew()).docker).toBe("/run/other.sock");
    expect((await anew({ docker: socket })).docker).toBe(socket);
  });
});

describe("a cluster that exists", () => {
  let saved: ClusterConfig;
  beforeEach(async () => {
    saved = await anew({ docker: socket, apiPort: String(await freePort(22_000)) });
  });

  const again = (options: UpOptions, running = false, host = HOST) => decide("default", options, saved, running, host);

  it("stays as it is, even where routes are in its ranges: they are its own", async () => {
    expect(await again({}, false, { ...HOST, taken: [range(saved.podCIDR)] })).toEqual(saved);
    expect(await again({ podCidr: saved.podCIDR, serviceCidr: saved.serviceCIDR, name: "default" }, true)).toEqual(saved);
  });

  it("follows the host to a new address, and keeps the old one on a host without any", async () => {
    expect((await again({}, false, { taken: [], address: "192.0.2.2" })).nodeIP).toBe("192.0.2.2");
    expect((await again({}, false, { taken: [] })).nodeIP).toBe("192.0.2.1");
  });

  it("may change its port, its engine and its kubeconfig while it is down", async () => {
    const port = await freePort(23_000);
    const engine = join(dir, "other.sock");
    writeFileSync(engine, "");
    const wanted = { apiPort: port, docker: engine, kubeconfig: join(dir, "other") };
    expect(await again({ ...wanted, apiPort: String(port) })).toEqual({ ...saved, ...wanted });
  });

  it("may not change them while it runs, but its kubeconfig", async () => {
    const message = `the cluster runs already, on port ${saved.apiPort} and ${socket}: \`wherry down\` first to change that`;
    await refuses(again({ apiPort: "1" }, true), message);
    await refuses(again({ docker: dir }, true), message);
    expect(await again({ kubeconfig: join(dir, "other") }, true)).toEqual({ ...saved, kubeconfig: join(dir, "other") });
  });

  it.each<[UpOptions, string, keyof ClusterConfig]>([
    [{ podCidr: "10.7.0.0/16" }, "--pod-cidr 10.7.0.0/16", "podCIDR"],
    [{ serviceCidr: "10.7.0.0/16" }, "--service-cidr 10.7.0.0/16", "serviceCIDR"],
    [{ name: "two" }, "--name two", "name"],
  ])("refuses %j", async (options, given, kept) => {
    const message = `${given}: this cluster was made with ${saved[kept]}; \`wherry down --purge\` it first, or use another --data-dir`;
    await refuses(again(options), message);
  });

  it("says so when another program took its port while it was down; its own does not count", async () => {
    saved = { ...saved, apiPort: await listener() };
    await expect(again({})).rejects.toThrow(`port ${saved.apiPort} is taken by another program`);
    expect(await again({}, true)).toEqual(saved);
  });
});
