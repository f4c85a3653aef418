import type { ContainerSpec } from "@wherry/runtime";
import { describe, expect, it } from "vitest";
import { type ContainerContext, containerConfig } from "./container-config.ts";

const spec: ContainerSpec = {
  pod: { namespace: "default", name: "web", uid: "u1" },
  name: "app",
  attempt: 2,
  image: "sha256:1",
  env: [],
  mounts: [],
  resources: {},
  security: {},
  sandbox: "s1",
  hostname: "web",
};
const image = { entrypoint: ["/entry"], command: ["a"], env: ["PATH=/bin"], user: "", reference: "bb:1" };
const context: ContainerContext = { cluster: "c", image, rotation: { maxSize: "10m", maxFiles: 5 }, lowestOomScore: -1000 };

describe("containerConfig", () => {
  it.each([
    [{}, ["/entry"], ["a"]],
    [{ args: ["b"] }, ["/entry"], ["b"]],
    [{ command: ["/x"] }, ["/x"], []],
    [{ command: ["/x"], args: ["b"] }, ["/x"], ["b"]],
    [{ command: [], args: [] }, ["/entry"], ["a"]],
  ])("resolves %j", (more, entrypoint, command) => {
    expect(containerConfig({ ...spec, ...more }, context)).toMatchObject({ Entrypoint: entrypoint, Cmd: command });
  });

  it("puts the name program before the command where the name has to be set", () => {
    const config = containerConfig(spec, { ...context, waiter: { program: "/p", report: "/r" } });
    expect(config).toMatchObject({ Entrypoint: ["/dev/wherry-init"], Cmd: ["web", "/entry", "a"] });
    expect(config.HostConfig!.Mounts!.map((m) => [m.Source, m.Target, m.ReadOnly])).toEqual([
      ["/p", "/dev/wherry-init", true],
      ["/r", "/dev/wherry-start", false],
    ]);
  });

  it("refuses a container without anything to run", () => {
    expect(() => containerConfig(spec, { ...context, image: { ...image, entrypoint: [], command: [] } })).toThrow("no command specified");
  });

  it("tells the host name in the environment, unless the pod or the image does", () => {
    expect(containerConfig(spec, context).Env).toEqual(["HOSTNAME=web"]);
    expect(containerConfig({ ...spec, env: [["HOSTNAME", "x"]] }, context).Env).toEqual(["HOSTNAME=x"]);
    expect(containerConfig(spec, { ...context, image: { ...image, env: ["HOSTNAME=y"] } }).Env).toEqual([]);
  });

  it("joins the sandbox's namespaces, or the host's", () => {
    expect(containerConfig({ ...spec, shareProcesses: true }, context).HostConfig).toMatchObject({
      NetworkMode: "container:s1",
      IpcMode: "container:s1",
      PidMode: "container:s1",
    });
    const onHost = containerConfig({ ...spec, sandbox: "host", hostPID: true, hostIPC: true }, context);
    expect(onHost.HostConfig).toMatchObject({ NetworkMode: "host", IpcMode: "host", PidMode: "host" });
    expect(onHost.Hostname).toBe("web");
  });

  it("does not ask for a lower OOM score than can be had", () => {
    const resources = { oomScoreAdj: -997 };
    expect(containerConfig({ ...spec, resources }, context).HostConfig!.OomScoreAdj).toBe(-997);
    expect(containerConfig({ ...spec, resources }, { ...context, lowestOomScore: 0 }).HostConfig!.OomScoreAdj).toBe(0);
  });
});
