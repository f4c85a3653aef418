import { apiVersionOf, type KindDefinition, type Registry } from "@wherry/machinery";
import { type Body, bodyFor, damaged, NAMES } from "./bodies.ts";
import { Random } from "./random.ts";
import { TEXTS } from "./values.ts";

/** One thing to do to the server. */
export interface FuzzRequest {
  /** What goes over the wire, in these pieces. */
  pieces: readonly Buffer[];
  /** What is done after sending: read one answer, or leave at once, half-closed or not. */
  after: "read" | "endAndRead" | "leave";
  /** Whether the answer may be a stream without an end: it is left after its first bytes. */
  streams: boolean;
  /** Whether the connection can be used again: the request is whole. */
  clean: boolean;
}

const PAGES = [
  "/",
  "/api",
  "/apis",
  "/version",
  "/healthz",
  "/readyz?verbose",
  "/livez",
  "/metrics",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/api/v1",
  "/api/v1",
  "/apis/apps",
];
const METHODS = ["GET", "GET", "GET", "POST", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "PATCH", "DELETE"] as const;
const ODD_METHODS = ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "CONNECT"] as const;

/** Request `number` of a run with this seed: always the same. */
export function fuzzRequest(seed: number, number: number, registry: Registry): FuzzRequest {
  const random = Random.at(seed, number);
  // A full list of every few thousand objects: state must not grow without end.
  if (number % 4000 === 3999) return sweep(random, registry);
  if (random.chance(0.005))
    return { pieces: [random.bytes(400)], after: random.pick(["endAndRead", "leave"]), streams: false, clean: false };
  const method = random.chance(0.03) ? random.pick(ODD_METHODS) : random.pick(METHODS);
  const kind = random.pick(registry.kinds);
  const { path, name } = random.chance(0.015) ? { path: random.pick(PAGES), name: undefined } : pathFor(random, kind, method);
  const query = queryFor(random);
  const writes = method === "POST" || method === "PUT" || method === "PATCH" || (method === "DELETE" && random.chance(0.3));
  const body = writes ? bodyFor(random, registry, kind, method, name) : undefined;
  const url = `${path}${query ? `${path.includes("?") ? "&" : "?"}${query}` : ""}`;
  const streams = /[?&]watch=|\/watch\/|follow=/.test(url);
  return onTheWire(random, `${method} ${url} HTTP/1.1`, headersFor(random), body, streams);
}

function pathFor(random: Random, kind: KindDefinition, method: string): { path: string; name: string | undefined } {
  const root = kind.group ? `/apis/${apiVersionOf(kind)}` : `/api/${kind.version}`;
  const namespace = random.chance(0.97) ? "default" : encodeURIComponent(random.pick(TEXTS).toWellFormed());
  const scoped = kind.scope === "Namespaced" && random.chance(0.98) ? `/namespaces/${namespace}` : "";
  const named = method === "POST" ? random.chance(0.05) : random.chance(method === "PUT" || method === "PATCH" ? 0.98 : 0.8);
  const name = named ? (random.chance(0.96) ? random.pick(NAMES) : encodeURIComponent(random.pick(TEXTS).toWellFormed())) : undefined;
  const subresources = [...Object.keys(kind.subresources ?? {}), "status"];
  const tail = name === undefined ? "" : `/${name}${random.chance(0.2) ? `/${random.pick(subresources)}` : ""}`;
  const watch = random.chance(0.01) ? "/watch" : "";
  const path = `${root}${watch}${scoped}/${kind.plural}${tail}`;
  return { path: random.chance(0.03) ? mangled(random, path) : path, name };
}

/** A path with a character that should not be there, still without spaces. */
function mangled(random: Random, path: string): string {
  const at = random.below(path.length);
  return `/${path.slice(1, at)}${random.pick(["%", "%00", "//", "%zz", "..", "%2e%2e%2f", ";", "\\", "%f0%9f", "?", "#"])}${path.slice(at)}`.replace(
    /\s/g,
    "",
  );
}

const token = (fields: object) => Buffer.from(JSON.stringify(fields)).toString("base64url");
const VERSIONS = ["", "0", "1", "5", "x", "-1", "99999999", "99999999999999999999"];

const PARAMETERS: Readonly<Record<string, (random: Random) => string>> = {
  limit: (r) => r.pick(["0", "1", "2", "500", "-1", "x", "99999999999"]),
  continue: (r) =>
    r.pick([
      "",
      "x",
      token({}),
      token({ v: "meta.k8s.io/v1", rv: r.below(50) - 2, start: `${r.pick(TEXTS)}\0` }),
      token({ v: "meta.k8s.io/v1", rv: -1, start: "default/a\0" }),
    ]),
  resourceVersion: (r) => r.pick(VERSIONS),
  resourceVersionMatch: (r) => r.pick(["Exact", "NotOlderThan", "x", ""]),
  labelSelector: (r) => r.pick(TEXTS),
  fieldSelector: (r) =>
    r.pick(["metadata.name=a", "metadata.namespace!=default", "spec.nodeName=", "status.phase==Running", "metadata.name=a,", ...TEXTS]),
  sendInitialEvents: (r) => r.pick(["true", "false", "1", ""]),
  allowWatchBookmarks: (r) => r.pick(["true", "false"]),
  timeoutSeconds: (r) => r.pick(["1", "0", "-1", "x"]),
  dryRun: (r) => r.pick(["All", "All", "None", ""]),
  fieldValidation: (r) => r.pick(["Strict", "Warn", "Ignore", "x"]),
  fieldManager: (r) => r.pick(["me", ...TEXTS]),
  force: (r) => r.pick(["true", "false", "x"]),
  propagationPolicy: (r) => r.pick(["Orphan", "Foreground", "Background", "x"]),
  orphanDependents: (r) => r.pick(["true", "false"]),
  gracePeriodSeconds: (r) => r.pick(["0", "30", "-1", "x"]),
  pretty: (r) => r.pick(["true", "x"]),
  includeObject: (r) => r.pick(["None", "Metadata", "Object", "x"]),
};

function queryFor(random: Random): string {
  const parts = random.chance(0.6) ? [] : random.some(Object.keys(PARAMETERS), 0.1).map((name) => parameter(random, name));
  if (random.chance(0.02)) parts.push(`watch=${random.pick(["1", "true", "false", "x"])}`);
  if (random.chance(0.02)) parts.push(random.pick(["%", "&&&", "=", "%zz=%zz", "a=%00", "x".repeat(3000)]));
  return parts.join("&");
}

function parameter(random: Random, name: string): string {
  const value = (PARAMETERS[name] as (random: Random) => string)(random);
  return `${name}=${encodeURIComponent(value.toWellFormed())}`;
}

const ACCEPTS = [
  ...[
    "application/json",
    "*/*",
    "application/yaml",
    "application/vnd.kubernetes.protobuf, application/json",
    "text/html",
    "",
    ";;;,,,=",
    "a/b;q=x",
  ],
  ...[
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io",
  ],
  ...[
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "application/com.github.proto-openapi.spec.v3@v1.0+protobuf",
    "x".repeat(500),
  ],
];

function headersFor(random: Random): [string, string][] {
  const headers: [string, string][] = [["Host", "localhost"]];
  if (random.chance(0.25)) headers.push(["Accept", random.pick(ACCEPTS)]);
  if (random.chance(0.1)) headers.push(["Accept-Encoding", random.pick(["gzip", "gzip;q=0", "br, *", ""])]);
  if (random.chance(0.03)) headers.push(["If-None-Match", random.pick(['"x"', "*", "W/"])]);
  if (random.chance(0.03)) headers.push(["User-Agent", random.pick(["curl/8", "Mozilla/5.0", "x".repeat(2000)])]);
  if (random.chance(0.01)) headers.push(["Authorization", random.pick(["Bearer x", "Basic eDp5", "", "Bearer"])]);
  if (random.chance(0.01))
    headers.push(["Upgrade", random.pick(["websocket", "SPDY/3.1", "h2c", ""])], ["Connection", random.pick(["Upgrade", "close"])]);
  if (random.chance(0.005)) headers.push(["Expect", random.pick(["100-continue", "x"])]);
  if (random.chance(0.01))
    headers.push([
      random.pick(["X-Remote-User", "Impersonate-User", "Cookie", "Range", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol"]),
      random.pick(["a", "system:masters", "bytes=0-", "dGhlIHNhbXBsZSBub25jZQ=="]),
    ]);
  return headers;
}

function onTheWire(random: Random, line: string, headers: [string, string][], body: Body | undefined, streams: boolean): FuzzRequest {
  const all = body ? [...headers, ["Content-Type", body.type], ["Content-Length", String(body.bytes.length)]] : headers;
  const head = Buffer.from(`${line}\r\n${all.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`, "utf8");
  const whole = body ? Buffer.concat([head, body.bytes]) : head;
  // An upgrade that is taken up is no longer HTTP.
  const upgrade = headers.some(([name]) => name === "Upgrade" || name === "Expect");
  if (random.chance(0.01)) return { pieces: [damaged(random, whole)], after: random.pick(["endAndRead", "leave"]), streams, clean: false };
  if (random.chance(0.01))
    return { pieces: [whole.subarray(0, random.below(whole.length))], after: random.pick(["endAndRead", "leave"]), streams, clean: false };
  if (random.chance(0.01)) return { pieces: [whole, whole], after: "leave", streams, clean: false };
  const cut = random.chance(0.05) ? random.below(whole.length) : whole.length;
  const pieces = [whole.subarray(0, cut), whole.subarray(cut)].filter((piece) => piece.length > 0);
  const leaves = random.chance(0.005);
  return { pieces, after: leaves ? "leave" : "read", streams: streams || upgrade, clean: !leaves && !upgrade };
}

function sweep(random: Random, registry: Registry): FuzzRequest {
  const kind = random.pick(registry.kinds.filter((k) => k.scope === "Namespaced"));
  const root = kind.group ? `/apis/${apiVersionOf(kind)}` : `/api/${kind.version}`;
  const line = `DELETE ${root}/namespaces/default/${kind.plural}?gracePeriodSeconds=0 HTTP/1.1`;
  return { pieces: [Buffer.from(`${line}\r\nHost: localhost\r\n\r\n`)], after: "read", streams: false, clean: true };
}
