import { request } from "node:http";
import { UsageError } from "../errors.ts";

/** Throws a UsageError that says what to do unless a Docker Engine answers on the socket. */
export function requireEngine(socket: string): Promise<void> {
  const fail = (why: string) =>
    new UsageError(
      `no Docker Engine answers on ${socket} (${why}): start Docker (\`systemctl start docker\`), or name its socket with --docker`,
    );
  return new Promise((resolve, reject) => {
    const ping = request({ socketPath: socket, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(fail(`it answered with status ${response.statusCode}`));
    });
    ping.on("error", (error) => reject(fail(error.message)));
    ping.on("timeout", () => ping.destroy(new Error("no answer within 5 s")));
    ping.end();
  });
}
