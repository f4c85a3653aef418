import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Client } from "@wherry/client";
import { objectPath } from "@wherry/client/resource-path.ts";
import { type ApiObject, apiVersionOf, type KindDefinition, type Verb } from "@wherry/machinery";
import { fetchResources, type Resource, splitApiVersion } from "./discovery.ts";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";

export type { Resource } from "./discovery.ts";

/** How long a cached list is believed, as kubectl does. */
const CACHE_MS = 10 * 60_000;

/** What the server serves, by any of the names a person uses. Kept in a file, so that most commands make one call only. */
export class ResourceCatalogue {
  readonly #client: Client;
  readonly #file: string;
  #resources: Promise<Resource[]> | undefined;
  #fresh = false;

  constructor(client: Client, server: string) {
    this.#client = client;
    const key = createHash("sha256").update(server).digest("hex").slice(0, 16);
    this.#file = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wherry", "discovery", `${key}.v2.json`);
  }

  /** Every resource in every version, the preferred one first; read from the server. */
  all(): Promise<Resource[]> {
    if (!this.#fresh) {
      this.#fresh = true;
      this.#resources = this.#fetch();
    }
    return this.#resources as Promise<Resource[]>;
  }

  /** Every resource once, in its preferred version; read from the server. */
  async preferred(): Promise<Resource[]> {
    return (await this.all()).filter((r) => r.preferred);
  }

  /**
   * The resource that a person means by `pods`, `pod`, `po`, `Pod`, `deployments.apps` or `deployments.v1.apps`. Throws a UsageError in kubectl's words when
   * there is none.
   */
  async find(name: string): Promise<Resource> {
    const wanted = name.toLowerCase();
    const found = match(await this.#cached(), wanted) ?? match(await this.all(), wanted);
    if (!found) throw new UsageError(`the server doesn't have a resource type "${name}"${await this.#suggestion(wanted)}`);
    return found;
  }

  async #suggestion(wanted: string): Promise<string> {
    const names = (await this.all()).flatMap((r) => [r.name, r.singularName, ...(r.shortNames ?? [])]);
    const near = nearest(wanted.split(".")[0] as string, names);
    return near === undefined ? "" : `\n\nDid you mean this?\n\t${near}\n\nSee \`wherry api-resources\` for all.`;
  }

  /** The resource of an object. */
  async ofObject(apiVersion: string, kind: string): Promise<Resource> {
    const same = (r: Resource) => r.kind === kind && apiVersionOf(r) === apiVersion;
    const found = (await this.#cached()).find(same) ?? (await this.all()).find(same);
    if (!found) {
      throw new UsageError(`no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`);
    }
    return found;
  }

  /** The resources of a category such as `all`; empty when there is no such category. */
  async category(name: string): Promise<Resource[]> {
    return (await this.#cached()).filter((r) => r.preferred && r.categories?.includes(name));
  }

  #cached(): Promise<Resource[]> {
    this.#resources ??= Promise.resolve(this.#read() ?? this.all());
    return this.#resources;
  }

  #read(): Resource[] | undefined {
    try {
      if (Date.now() - statSync(this.#file).mtimeMs > CACHE_MS) return undefined;
      return JSON.parse(readFileSync(this.#file, "utf8"));
    } catch {
      return undefined;
    }
  }

  async #fetch(): Promise<Resource[]> {
    const resources = await fetchResources((path, accept) => this.#json(path, accept));
    this.#write(resources);
    return resources;
  }

  /** A cache that cannot be written costs a call next time, and nothing else. */
  #write(resources: Resource[]): void {
    try {
      mkdirSync(join(this.#file, ".."), { recursive: true });
      writeFileSync(`${this.#file}.${process.pid}`, JSON.stringify(resources));
      renameSync(`${this.#file}.${process.pid}`, this.#file);
    } catch {
      return;
    }
  }

  async #json(path: string, accept: string): Promise<unknown> {
    const response = await this.#client.raw({ method: "GET", path, headers: { accept } });
    return JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString());
  }
}

function match(resources: readonly Resource[], wanted: string): Resource | undefined {
  const [name, ...rest] = wanted.split(".") as [string, ...string[]];
  const names = (r: Resource) => [r.name, r.singularName, r.kind.toLowerCase(), ...(r.shortNames ?? [])];
  const inGroup = (r: Resource) => {
    const qualifier = rest.join(".");
    return (
      qualifier === "" || qualifier === r.group || qualifier === `${r.version}.${r.group}` || (r.group === "" && qualifier === r.version)
    );
  };
  return resources.find((r) => names(r).includes(name) && inGroup(r));
}

/** `deployments.apps`, or `pods` in the core group. */
export const qualifiedName = (r: Resource): string => (r.group ? `${r.name}.${r.group}` : r.name);

/** `deployment.apps/web`: how kubectl names an object in messages. */
export const objectLabel = (r: Resource, name: string): string => `${r.kind.toLowerCase()}${r.group && `.${r.group}`}/${name}`;

/** What a manifest says about its own resource, where no server is asked. Good for naming objects, not for addressing them. */
export function resourceOfManifest({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource {
  const [group, version] = splitApiVersion(apiVersion);
  const lower = kind.toLowerCase();
  return { group, version, kind, name: lower, singularName: lower, namespaced: false, preferred: true, verbs: [] };
}

/** The path of an object, or of its subresource. */
export function pathTo(resource: Resource, name: string, namespace: string | undefined, subresource?: string): string {
  return objectPath(definitionOf(resource), { name, namespace }, subresource);
}

/** What a client needs to address the resource. It has neither a schema nor columns: the server has those. */
export function definitionOf(r: Resource): KindDefinition<ApiObject> {
  return {
    group: r.group,
    version: r.version,
    kind: r.kind,
    plural: r.name,
    singular: r.singularName,
    scope: r.namespaced ? "Namespaced" : "Cluster",
    schema: "",
    verbs: r.verbs as Verb[],
    columns: [],
  };
}
