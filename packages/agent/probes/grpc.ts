import type { ClientHttp2Session } from "node:http2";
import type { GRPCAction } from "@wherry/api";
import type { Clock } from "@wherry/base";
import { healthRequest, healthStatus } from "./grpc-health.ts";
import { failed, type Outcome, success } from "./outcome.ts";
import type { HandlerTarget } from "./target.ts";

const UNIMPLEMENTED = "12";

/** Asks a server that speaks grpc.health.v1: SERVING is good. Source: kubelet pkg/probe/grpc. */
export async function grpc(
  action: GRPCAction,
  target: HandlerTarget,
  timeoutMs: number,
  clock: Clock,
  userAgent: string,
): Promise<Outcome> {
  const address = `${target.ip}:${action.port}`;
  // Few pods have such a probe: those that have none should not pay for the module.
  const { connect } = await import("node:http2");
  const session = connect(`http://${address}`);
  return new Promise<Outcome>((resolve) => {
    const end = (outcome: Outcome) => {
      timer.cancel();
      session.destroy();
      resolve(outcome);
    };
    const unreachable = () =>
      end(failed(`timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded`));
    const timer = clock.schedule(timeoutMs, unreachable);
    session.on("error", unreachable);
    check(session, action.service ?? "", userAgent).then(end, unreachable);
  });
}

function check(session: ClientHttp2Session, service: string, userAgent: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": userAgent,
    });
    let code: unknown;
    let text: unknown;
    const take = (headers: Record<string, unknown>) => {
      code = headers["grpc-status"] ?? code;
      text = headers["grpc-message"] ?? text;
    };
    const parts: Buffer[] = [];
    stream.on("response", take);
    stream.on("trailers", take);
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => resolve(verdict(String(code ?? "2"), String(text ?? ""), Buffer.concat(parts))));
    stream.on("error", reject);
    stream.end(healthRequest(service));
  });
}

function verdict(code: string, text: string, body: Buffer): Outcome {
  if (code === UNIMPLEMENTED)
    return failed(`error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${text}`);
  if (code !== "0") return failed(`error: health rpc failed: ${text}`);
  const status = healthStatus(body);
  return status === "SERVING" ? success : failed(`service unhealthy (responded with "${status ?? "UNKNOWN"}")`);
}
