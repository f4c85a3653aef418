import type { Probe } from "@wherry/api";

/** A probe in one line. Source: kubectl pkg/describe/describe.go, `DescribeProbe`. */
export function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds = 0, periodSeconds = 0, successThreshold = 0, failureThreshold = 0 } = probe;
  const timing = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s`;
  return `${action(probe)} ${timing} #success=${successThreshold} #failure=${failureThreshold}`;
}

function action({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec) return `exec [${(exec.command ?? []).join(" ")}]`;
  if (httpGet) return `http-get ${url(httpGet)}`;
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ""}:${tcpSocket.port}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ""}`;
  return "unknown";
}

function url({ scheme = "", host = "", port, path = "" }: NonNullable<Probe["httpGet"]>): string {
  const address = host.includes(":") ? `[${host}]` : host;
  const rooted = path && !path.startsWith("/") ? `/${path}` : path;
  // As Go writes a URL's path.
  const escaped = encodeURI(rooted).replaceAll(/[?#!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${scheme && `${scheme.toLowerCase()}:`}//${address}:${port}${escaped}`;
}
