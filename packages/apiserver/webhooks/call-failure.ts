import type { RequestOptions } from "node:https";

const ERRNO: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
};
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Why a call did not come through, as Go's `net/http` and `crypto/tls` say it. */
export function networkFailure(error: NodeJS.ErrnoException & { reason?: string }, { host, port }: RequestOptions): Error {
  const { code = "", message, reason, syscall } = error;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return new Error(`dial tcp: lookup ${host}: no such host`);
  if (ERRNO[code] && syscall === "connect") {
    const address = host?.includes(":") ? `[${host}]` : host;
    return new Error(`dial tcp ${address}:${port}: connect: ${ERRNO[code]}`);
  }
  if (code === "ECONNRESET") return new Error(message === "socket hang up" ? "EOF" : "read: connection reset by peer");
  const untrusted = (why: string) => new Error(`tls: failed to verify certificate: x509: ${why}`);
  if (UNKNOWN_AUTHORITY.has(code)) return untrusted("certificate signed by unknown authority");
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return untrusted("certificate has expired or is not yet valid");
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return untrusted(`certificate is not valid for it: ${reason ?? message}`);
  if (/PEM|NO_START_LINE/.test(code + message)) return new Error("unable to load root certificates: unable to parse bytes as PEM block");
  return new Error(message);
}

/** What a caller is told of an answer that is a failure. Source: apimachinery `errors.NewGenericServerResponse`. */
export function statusFailure(status: number, text: string): string {
  const told = statusMessage(text);
  if (told !== undefined) return told;
  if (status === 404) return "the server could not find the requested resource";
  if (status === 401) return "the server has asked for the client to provide credentials";
  if (status === 403) return text.trim() || "the server does not allow access to the requested resource";
  if (status >= 500)
    return `an error on the server (${JSON.stringify(text.trim() || "unknown")}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}

/** The message of a body that is a Status. */
function statusMessage(text: string): string | undefined {
  try {
    const { kind, message } = JSON.parse(text) as { kind?: unknown; message?: unknown };
    return kind === "Status" && typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
