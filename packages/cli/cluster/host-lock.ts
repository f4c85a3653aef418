import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A lock that the kernel keeps: a socket without a file, which nobody else on this host's network can have while it is open, and which is gone when its process is,
 * however that ended. Source: unix(7), abstract sockets.
 */
export interface HostLock {
  release(): Promise<void>;
}

/** Takes the lock of this name; undefined when another process has it. */
export async function tryHostLock(name: string): Promise<HostLock | undefined> {
  const server = createServer();
  const waiting = new Set<Socket>();
  server.on("connection", (socket) => {
    waiting.add(socket.on("error", () => undefined).on("close", () => waiting.delete(socket)));
  });
  if (!(await listens(server, name))) return undefined;
  server.unref();
  return {
    async release() {
      const closed = once(server, "close");
      server.close();
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

async function listens(server: Server, name: string): Promise<boolean> {
  try {
    server.listen({ path: address(name) });
    await once(server, "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}

/** Takes the lock of this name, waiting until whoever has it lets go. `onWait` is called before the first wait. */
export async function hostLock(name: string, onWait: () => void): Promise<HostLock> {
  for (let waited = false; ; waited = true) {
    const lock = await tryHostLock(name);
    if (lock) return lock;
    if (!waited) onWait();
    await released(name);
  }
}

/** The holder ends the connection when it lets go, and the kernel when the holder ends. */
function released(name: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ path: address(name) });
    socket.on("error", () => undefined).on("close", () => resolve());
  });
}

const address = (name: string) => `\0wherry/${name}`;
