import { createServer, type Server, type Socket } from "node:net";
import type { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList } from "../flags.ts";
import { podOf } from "../pod-of.ts";
import { definitionOf, pathTo } from "../resource-catalogue.ts";
import { notServed } from "../subresource-missing.ts";
import type { Verb } from "../verb.ts";
import { untilStarted } from "./attach.ts";
import { forwardConnection, openForward } from "./port-forward/tunnel.ts";

interface ForwardOptions extends ConnectionOptions {
  address?: string[];
  podRunningTimeout: string;
}

/** A port on this machine (0: any), and the one it leads to. */
interface Ports {
  local: number;
  remote: number;
}

/** `wherry port-forward`. */
export const verb: Verb = {
  description: "make ports of a pod ports of this machine",
  words: "TYPE/NAME [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
  client: true,
  completes: "pods",
  flags: (command) =>
    command
      .option("--address <addresses>", "the addresses to listen on, between commas (localhost)", commaList)
      .option("--pod-running-timeout <duration>", "how long to wait for the pod to run", "1m0s"),
  run: (words, options: ForwardOptions, { write }) => forward(words, options, write),
};

async function forward([word, ...specs]: string[], options: ForwardOptions, write: (text: string) => void): Promise<void> {
  if (!word || !specs.length) throw new UsageError("TYPE/NAME and list of ports are required for port-forward");
  const connection = await connect(options);
  const servers: Server[] = [];
  try {
    const found = await podOf(connection, word, options.podRunningTimeout);
    const container = found.spec.containers[0]?.name ?? "";
    const pod = await untilStarted(connection, found.metadata, container, options.podRunningTimeout);
    if (pod.status?.phase !== "Running")
      throw new UsageError(`unable to forward port because pod is not running. Current status=${pod.status?.phase}`);
    const ports = await Promise.all(specs.map((spec) => portsOf(connection, word, pod, spec)));
    const path = `${pathTo(await connection.resources.find("pods"), pod.metadata.name, pod.metadata.namespace, "portforward")}`;
    await checkServed(connection, path, ports);
    for (const one of ports)
      servers.push(
        ...(await listen(options.address ?? ["localhost"], one, (socket) => serve(connection, path, one, socket, write), write)),
      );
    await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
  } finally {
    for (const server of servers) server.close();
    connection.close();
  }
}

/** Said at once, and not only when the first connection comes. */
async function checkServed(connection: Connection, path: string, [first]: readonly Ports[]): Promise<void> {
  const socket = await openForward(connection.client, path, first?.remote ?? 0).catch((error: unknown) => {
    throw notServed(error, "portforward", "reach it through a service, or on its address from the node");
  });
  socket.close();
}

/** `8080:80`, `80`, `:80`; names of ports stand for their numbers, and a service's port for its pods'. */
async function portsOf(connection: Connection, word: string, pod: Pod, spec: string): Promise<Ports> {
  const parts = spec.split(":");
  if (parts.length > 2) throw new UsageError(`invalid port format '${spec}'`);
  const [first = "", second = first] = parts;
  const remote = await remotePort(connection, word, pod, second);
  const local = parts.length === 1 ? (/^\d+$/.test(first) ? Number(first) : remote) : Number(first || 0);
  if (!Number.isInteger(local) || local < 0 || local > 65535) throw new UsageError(`error parsing local port '${first}'`);
  return { local, remote };
}

interface Port {
  name?: string;
  port?: number;
  targetPort?: number | string;
  containerPort?: number;
}

async function remotePort(connection: Connection, word: string, pod: Pod, text: string): Promise<number> {
  const own: readonly Port[] = pod.spec.containers.flatMap((c) => c.ports ?? []);
  const ofPod = (name: string) => own.find((port) => port.name === name)?.containerPort;
  const [type, name] = word.includes("/") ? word.split("/") : ["pod", word];
  const resource = await connection.resources.find(type as string);
  if (resource.kind === "Service") {
    const service = (await connection.client.get(definitionOf(resource), {
      name: name as string,
      namespace: connection.namespace,
    })) as ApiObject & { spec?: { ports?: Port[] } };
    const port = service.spec?.ports?.find((one) => one.name === text || String(one.port) === text);
    if (!port) throw new UsageError(`Service '${name}' does not have a service port ${text}`);
    const target = port.targetPort ?? port.port;
    const number = typeof target === "string" ? ofPod(target) : target;
    if (number === undefined) throw new UsageError(`Pod '${pod.metadata.name}' does not have a named port '${target}'`);
    return number;
  }
  const number = /^\d+$/.test(text) ? Number(text) : ofPod(text);
  if (number === undefined) throw new UsageError(`Pod '${pod.metadata.name}' does not have a named port '${text}'`);
  if (number < 1 || number > 65535) throw new UsageError("remote port must be > 0");
  return number;
}

async function listen(
  addresses: readonly string[],
  { local, remote }: Ports,
  serve: (socket: Socket) => void,
  write: (text: string) => void,
): Promise<Server[]> {
  const hosts = addresses.flatMap((address) => (address === "localhost" ? ["127.0.0.1", "::1"] : [address]));
  const servers: Server[] = [];
  let port = local;
  for (const host of hosts) {
    const server = createServer({ allowHalfOpen: true }, serve);
    const opened = await new Promise<Error | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen({ host, port }, () => resolve(undefined));
    });
    // A machine may have no IPv6; the other address of localhost is enough.
    if (opened) continue;
    port = (server.address() as { port: number }).port;
    servers.push(server);
    write(`Forwarding from ${host.includes(":") ? `[${host}]` : host}:${port} -> ${remote}\n`);
  }
  if (!servers.length)
    throw new UsageError(
      `unable to listen on port ${local}: all listeners failed: choose another local port, as in 0:${remote} or ${local + 1}:${remote}`,
    );
  return servers;
}

function serve({ client }: Connection, path: string, { local, remote }: Ports, socket: Socket, write: (text: string) => void): void {
  write(`Handling connection for ${local || (socket.localPort ?? 0)}\n`);
  forwardConnection(client, path, remote, socket).catch((error: Error) => {
    process.stderr.write(`error: an error occurred forwarding ${local} -> ${remote}: ${error.message}\n`);
    socket.destroy();
  });
}
