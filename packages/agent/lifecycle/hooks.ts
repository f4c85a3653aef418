import type { LifecycleHandler, Pod } from "@wherry/api";
import type { Clock } from "@wherry/base";
import type { ContainerStreams } from "@wherry/runtime";
import { httpAnswer } from "../probes/http-get.ts";
import type { HandlerTarget } from "../probes/target.ts";
import { tcpSocket } from "../probes/tcp-socket.ts";

/** As long as a hook may take that nothing else ends. */
export const NO_TIMEOUT_MS = 2 ** 31 - 1;
const USER_AGENT = "kube-lifecycle/1.30";

export interface HookContext {
  streams: ContainerStreams;
  clock: Clock;
}

/** Runs a postStart or preStop handler to its end. Rejects with what the kubelet would say. Any answer over HTTP is a success. Source: lifecycle.Run. */
export async function runHook(
  handler: LifecycleHandler,
  pod: Pod,
  target: HandlerTarget,
  timeoutMs: number,
  context: HookContext,
): Promise<void> {
  const { streams, clock } = context;
  const { name, namespace, uid } = pod.metadata;
  const where = `for Container "${target.container.name}" in Pod "${name}_${namespace}(${uid})"`;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { exitCode, output } = await streams.execSync(target.id, command, timeoutMs);
    if (exitCode === 0) return;
    const error = `command '${command.join(" ")}' exited with ${exitCode}: ${output}`;
    throw new Error(`Exec lifecycle hook ([${command.join(" ")}]) ${where} failed - error: ${error}, message: ${JSON.stringify(output)}`);
  }
  if (handler.httpGet) {
    await httpAnswer(handler.httpGet, target, timeoutMs, clock, USER_AGENT).catch((error: Error) => {
      throw new Error(`HTTP lifecycle hook (${handler.httpGet?.path ?? "/"}) ${where} failed - error: ${error.message}`);
    });
  } else if (handler.tcpSocket) {
    const { result, output } = await tcpSocket(handler.tcpSocket, target, timeoutMs, clock);
    if (result !== "success") throw new Error(`TCP lifecycle hook ${where} failed - error: ${output}`);
  } else if (handler.sleep) await clock.sleep(Math.min(handler.sleep.seconds * 1000, timeoutMs));
}
