import { dialLocalhost } from "@wherry/network/dial-localhost.ts";

/** What the process is asked for, and what it answers, the socket with it. */
export interface DialRequest {
  id: number;
  port: number;
}
export interface DialAnswer {
  id: number;
  error?: string;
}

// Runs in a pod's network namespace: a socket is of the namespace that it was made in, wherever it is sent to.
process.on("message", async ({ id, port }: DialRequest) => {
  try {
    const socket = await dialLocalhost(port, { unread: true });
    process.send?.({ id } satisfies DialAnswer, socket, { keepOpen: false });
  } catch (error) {
    process.send?.({ id, error: (error as Error).message } satisfies DialAnswer);
  }
});
process.on("disconnect", () => process.exit());
process.send?.({ id: 0 } satisfies DialAnswer);
