import { connect } from "node:net";
import type { TCPSocketAction } from "@wherry/api";
import type { Clock } from "@wherry/base";
import { failed, type Outcome, success } from "./outcome.ts";
import { dialError, type HandlerTarget, resolvePort } from "./target.ts";

/** Whether somebody accepts a connection. */
export function tcpSocket(action: TCPSocketAction, target: HandlerTarget, timeoutMs: number, clock: Clock): Promise<Outcome> {
  const host = action.host || target.ip;
  const port = resolvePort(action.port, target.container);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (outcome: Outcome) => {
      timer.cancel();
      socket.destroy();
      resolve(outcome);
    };
    const timer = clock.schedule(timeoutMs, () => end(failed(`dial tcp ${host}:${port}: i/o timeout`)));
    socket.once("connect", () => end(success));
    socket.once("error", (error) => end(failed(dialError(error, `${host}:${port}`))));
  });
}
