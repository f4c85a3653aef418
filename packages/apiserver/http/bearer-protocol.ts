const PREFIX = "base64url.bearer.authorization.k8s.io.";

/**
 * Finds the bearer token that a browser hid among its subprotocols, since it can set no header; gives it as an Authorization header, with the
 * protocols that are left. Undefined when there is none, or nothing else beside it. Source: apiserver
 * `authentication/request/websocket.ProtocolAuthenticator`.
 */
export function bearerOfProtocols(header: string): { authorization: string; protocols: string } | undefined {
  const all = header.split(",").map((name) => name.trim());
  const hidden = all.filter((name) => name.startsWith(PREFIX));
  const protocols = all.filter((name) => name && !name.startsWith(PREFIX));
  if (hidden.length !== 1 || protocols.length === 0) return undefined;
  const token = Buffer.from((hidden[0] as string).slice(PREFIX.length), "base64url").toString("utf8");
  return { authorization: `Bearer ${token}`, protocols: protocols.join(",") };
}
