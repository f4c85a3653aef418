import type { RuntimeInfo } from "@wherry/runtime";
import { RuntimeUnavailableError } from "@wherry/runtime";
import type { EngineClient } from "./engine/client.ts";
import type { Architecture } from "./pause-image.ts";

interface EngineInfo {
  ServerVersion: string;
  KernelVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  NCPU: number;
  MemTotal: number;
  DockerRootDir: string;
  CgroupVersion?: string;
}

/** What the engine says about itself and its host. */
export async function readInfo(engine: EngineClient): Promise<RuntimeInfo> {
  const info: EngineInfo = await engine.call((docker) => docker.info());
  return {
    name: "docker",
    version: info.ServerVersion,
    kernelVersion: info.KernelVersion,
    osImage: info.OperatingSystem,
    operatingSystem: info.OSType,
    architecture: architectureOf(info.Architecture),
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    rootDirectory: info.DockerRootDir,
    cgroupVersion: info.CgroupVersion === "2" ? 2 : 1,
  };
}

/** The kernel's name -> Go's name. Throws when there is no pause program for it. */
export function architectureOf(machine: string): Architecture {
  if (machine === "x86_64" || machine === "amd64") return "amd64";
  if (machine === "aarch64" || machine === "arm64") return "arm64";
  throw new RuntimeUnavailableError(`the engine's processor is ${machine}: pods can run on x86_64 and aarch64`);
}
