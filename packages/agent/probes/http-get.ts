import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { HTTPGetAction } from "@wherry/api";
import type { Clock } from "@wherry/base";
import { failed, MAX_OUTPUT, type Outcome, success } from "./outcome.ts";
import { dialError, type HandlerTarget, resolvePort } from "./target.ts";

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Asks an HTTP server: 200 to 399 is good. Redirects to the same host are followed, others count as an answer. Certificates are not checked. */
export async function httpGet(
  action: HTTPGetAction,
  target: HandlerTarget,
  timeoutMs: number,
  clock: Clock,
  userAgent: string,
): Promise<Outcome> {
  try {
    const { status, body } = await httpAnswer(action, target, timeoutMs, clock, userAgent);
    return status >= 200 && status < 400 ? { ...success, output: body } : failed(`HTTP probe failed with statuscode: ${status}`);
  } catch (error) {
    return failed((error as Error).message);
  }
}

/** The answer, whatever its status. Rejects, in Go's words, when there is none. */
export async function httpAnswer(
  action: HTTPGetAction,
  target: HandlerTarget,
  timeoutMs: number,
  clock: Clock,
  userAgent: string,
): Promise<Answer> {
  const host = action.host || target.ip;
  const url = urlOf(action, host, resolvePort(action.port, target.container));
  const headers: Record<string, string> = { "User-Agent": userAgent, Accept: "*/*" };
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value;
  try {
    return await follow(url, headers, clock.now() + timeoutMs, clock);
  } catch (error) {
    const why = error instanceof Late ? error.message : dialError(error as Error, `${url.hostname}:${url.port || "80"}`);
    throw new Error(`Get "${url}": ${why}`, { cause: error });
  }
}

function urlOf({ scheme = "HTTP", path = "/" }: HTTPGetAction, host: string, port: number): URL {
  const literal = host.includes(":") ? `[${host}]` : host;
  return new URL(path.startsWith("/") ? path : `/${path}`, `${scheme.toLowerCase()}://${literal}:${port}`);
}

class Late extends Error {
  constructor() {
    super("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
  }
}

export interface Answer {
  status: number;
  body: string;
}

async function follow(start: URL, headers: Record<string, string>, deadline: number, clock: Clock): Promise<Answer> {
  let url = start;
  for (let hops = 0; ; hops++) {
    const answer = await ask(url, headers, deadline - clock.now(), clock);
    const next = REDIRECTS.has(answer.status) && answer.location ? new URL(answer.location, url) : undefined;
    if (!next || next.hostname !== start.hostname) return answer;
    if (hops >= MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
    url = next;
  }
}

function ask(url: URL, headers: Record<string, string>, timeoutMs: number, clock: Clock): Promise<Answer & { location?: string }> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? tlsRequest : plainRequest;
    const request = send(url, { headers, agent: false, rejectUnauthorized: false }, (response) => {
      read(response).then(resolve, reject).finally(done);
    });
    const timer = clock.schedule(timeoutMs, () => {
      request.destroy();
      reject(new Late());
    });
    const done = () => {
      timer.cancel();
      request.destroy();
    };
    request.on("error", (error) => {
      done();
      reject(error);
    });
    request.end();
  });
}

async function read(response: IncomingMessage): Promise<Answer & { location?: string }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size >= MAX_OUTPUT) break;
  }
  const body = Buffer.concat(parts).toString("utf8", 0, MAX_OUTPUT);
  return { status: response.statusCode ?? 0, body, ...(response.headers.location && { location: response.headers.location }) };
}
