/** Numbers of the streams that share one WebSocket. Source: apimachinery remotecommand, `v4.channel.k8s.io` and `v5.channel.k8s.io`. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** The newest first. v5 adds: a message on `close` says that the client will send no more on a channel. */
export const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;

/** A message of a channel. */
export function frame(number: number, data: Uint8Array | string): Buffer {
  const body = typeof data === "string" ? Buffer.from(data) : data;
  const message = Buffer.allocUnsafe(body.length + 1);
  message[0] = number;
  message.set(body, 1);
  return message;
}

/** How the process ended, as the error channel tells it. */
export function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

/** Why the process could not be run. */
export function failureStatus(error: Error): object {
  const message = `Internal error occurred: ${error.message}`;
  return {
    metadata: {},
    status: "Failure",
    message,
    reason: "InternalError",
    details: { causes: [{ message: error.message }] },
    code: 500,
  };
}

/** The new size in a resize message; undefined when it is none. */
export function parseResize(data: Buffer): { columns: number; rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(data.toString()) as { Width?: unknown; Height?: unknown };
    return typeof Width === "number" && typeof Height === "number" ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}
