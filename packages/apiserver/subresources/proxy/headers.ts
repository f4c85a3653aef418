import type { IncomingHttpHeaders } from "node:http";
import type { ApiRequest } from "../../exchange.ts";

/** They are about one connection, and not about what it carries. Source: net/http/httputil `hopHeaders`. */
const HOP_BY_HOP = [
  "connection",
  "proxy-connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
/** What pages of a pod allow other sites is not what this server does. Source: apimachinery `corsRemovingTransport`. */
const CORS = /^access-control-(allow-(credentials|headers|methods|origin)|expose-headers|max-age)$/;

export type Headers = Record<string, string | string[]>;

/** The headers of a message without those of its connection. */
export function endToEnd(headers: IncomingHttpHeaders | ApiRequest["headers"]): Headers {
  const named = String(headers.connection ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !dropped.has(name)) kept[name] = value as string | string[];
  return kept;
}

/** What the target gets to see: who asked is not told to it, where the question came from is. */
export function requestHeaders(request: ApiRequest, prefix: string, path: string, upgrades: boolean): Headers {
  const { headers } = request;
  const kept = endToEnd(headers);
  delete kept.authorization;
  const host = String(headers.host ?? "");
  const forwarded = { "x-forwarded-uri": prefix + path, "x-forwarded-host": host, "x-forwarded-proto": "https" };
  if (!upgrades) return { ...kept, ...forwarded, connection: "close" };
  return { ...kept, connection: "Upgrade", upgrade: String(headers.upgrade ?? "") };
}

/** What the client gets to see. */
export function responseHeaders(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(Object.entries(endToEnd(headers)).filter(([name]) => !CORS.test(name)));
}
