import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import { type ApiObject, parseFieldSelector, parseLabelSelector } from "@wherry/machinery";
import { parseAllDocuments } from "yaml";

// An API that can only be read: it has whatever objects a test wants, in whatever state, of any kind. kubectl and wherry look at the same.

/** How a kind is addressed. */
export interface ServedKind {
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

/** A server that answers with these objects. */
export interface ReadOnlyApi {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** The paths that were asked for, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** Every object of the YAML files in a folder. `AGO(9.5h)` stands for the time so long before `now`, `MICRO(9.5h)` for the same with microseconds. */
export function readObjects(folder: string, now: number): ApiObject[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return files.toSorted().flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8").replaceAll(/(AGO|MICRO)\(([\d.]+)h\)/g, (_, form, hours) =>
      new Date(now - hours * 3_600_000).toISOString().replace(/\.\d+Z$/, form === "MICRO" ? ".000000Z" : "Z"),
    );
    return parseAllDocuments(text, MANIFEST_YAML).flatMap((document) => {
      if (document.errors[0]) throw document.errors[0];
      const object = document.toJS() as ApiObject | null;
      return object ? [object] : [];
    });
  });
}

/** Serves the objects. */
export async function serveObjects(kinds: readonly ServedKind[], objects: readonly ApiObject[]): Promise<ReadOnlyApi> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(kinds, objects, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, asked, close };
}

function answer(kinds: readonly ServedKind[], objects: readonly ApiObject[], request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://server");
  const body = discovery(kinds, url.pathname) ?? resources(kinds, objects, url) ?? notFound(url.pathname);
  response.writeHead((body as { code?: number }).code ?? 200, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

const notFound = (what: string) => ({
  ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: "NotFound", code: 404 },
  message: what.startsWith("/") ? "the server could not find the requested resource" : `${what} not found`,
});

function discovery(kinds: readonly ServedKind[], path: string): object | undefined {
  const versions = [...new Set(kinds.map((k) => k.apiVersion).filter((v) => v.includes("/")))];
  if (path === "/version") return { major: "1", minor: "30", gitVersion: "v1.30.0", platform: "linux/amd64" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: versions.map(group) };
  const version = path === "/api/v1" ? "v1" : versions.find((v) => path === `/apis/${v}`);
  if (!version) return undefined;
  const served = kinds.filter((k) => k.apiVersion === version);
  const list = served.map(({ kind, plural, namespaced }) => ({
    ...{ name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: ["get", "list"] },
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: version, resources: list };
}

function group(groupVersion: string): object {
  const [name, version] = groupVersion.split("/");
  const served = { groupVersion, version };
  return { name, versions: [served], preferredVersion: served };
}

/** Lists and single objects; undefined for a path that is neither. */
function resources(kinds: readonly ServedKind[], objects: readonly ApiObject[], { pathname, searchParams }: URL): object | undefined {
  const match = /^\/(?:api|apis)\/(v1|[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(pathname);
  const [, apiVersion, namespace, plural, name] = match ?? [];
  const kind = kinds.find((k) => k.apiVersion === apiVersion && k.plural === plural);
  if (!kind) return undefined;
  const there = objects.filter(
    (o) => o.apiVersion === apiVersion && o.kind === kind.kind && (namespace === undefined || o.metadata.namespace === namespace),
  );
  if (name !== undefined) return there.find((o) => o.metadata.name === name) ?? notFound(`${kind.plural} "${name}"`);
  const labels = parseLabelSelector(searchParams.get("labelSelector") ?? "");
  const fields = parseFieldSelector(searchParams.get("fieldSelector") ?? "");
  const items = there.filter((o) => labels.matches(o.metadata.labels) && fields.matches((path) => fieldOf(o, path)));
  return { kind: `${kind.kind}List`, apiVersion, metadata: { resourceVersion: "1" }, items };
}

function fieldOf(object: ApiObject, path: string): string {
  const value = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
  return String(value ?? "");
}
