import type { Probe } from "@wherry/api";
import type { Clock } from "@wherry/base";
import type { ContainerStreams } from "@wherry/runtime";
import { exec } from "./exec.ts";
import { grpc } from "./grpc.ts";
import { httpGet } from "./http-get.ts";
import { type Outcome, success, unknown } from "./outcome.ts";
import type { HandlerTarget } from "./target.ts";
import { tcpSocket } from "./tcp-socket.ts";

const USER_AGENT = "kube-probe/1.30";

/** Tries a probe once. Never rejects. */
export type Prober = (probe: Probe, target: HandlerTarget) => Promise<Outcome>;

export function createProber(streams: ContainerStreams, clock: Clock): Prober {
  return async (probe, target) => {
    const timeoutMs = (probe.timeoutSeconds || 1) * 1000;
    try {
      if (probe.exec) return await exec(probe.exec, target, timeoutMs, streams);
      if (probe.httpGet) return await httpGet(probe.httpGet, target, timeoutMs, clock, USER_AGENT);
      if (probe.tcpSocket) return await tcpSocket(probe.tcpSocket, target, timeoutMs, clock);
      return probe.grpc ? await grpc(probe.grpc, target, timeoutMs, clock, USER_AGENT) : success;
    } catch (error) {
      return unknown((error as Error).message);
    }
  };
}
