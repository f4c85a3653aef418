import { Agent, request } from "node:http";
import { dockerSocket } from "@wherry/e2e/cluster.ts";

const agent = new Agent({ keepAlive: true });

/** A call of the Docker Engine's API on a connection that is kept; gives the parsed answer. */
export function engineCall<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = body ? { "content-type": "application/json" } : {};
    const outgoing = request({ socketPath: dockerSocket(), method, path, agent, headers }, async (response) => {
      const text = (await response.setEncoding("utf8").toArray()).join("");
      const { statusCode = 0 } = response;
      if (statusCode >= 400) reject(new Error(`${method} ${path}: ${statusCode} ${text.trim()}`));
      else resolve((text ? JSON.parse(text) : undefined) as T);
    });
    outgoing.on("error", reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

/** Ends the kept connections: they would keep the process from ending. */
export const closeEngine = (): void => agent.destroy();
