import type { Pod } from "@wherry/api";
import { collectionPath } from "@wherry/client/resource-path.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { fetchTable } from "../output/server-table.ts";
import { definitionOf, qualifiedName, type Resource } from "../resource-catalogue.ts";
import { readConfig } from "../verbs/config/file.ts";

/** Nobody waits longer than this for a suggestion. */
const PATIENCE = "3s";

/** Names that the cluster or the kubeconfig has at this moment. Where it cannot be asked there are none: a suggestion is no place for an error. */
export class LiveNames {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = { requestTimeout: PATIENCE, ...options };
  }

  /** Every resource type, with its group where the name alone would mean another. */
  types(): Promise<string[]> {
    return this.#ask(async ({ resources }) => {
      const all = await resources.preferred();
      const first = new Map(all.toReversed().map((r) => [r.name, r]));
      return all
        .filter((r) => r.verbs.includes("list") || r.verbs.includes("get"))
        .map((r) => (first.get(r.name) === r ? r.name : qualifiedName(r)));
    });
  }

  /** The objects of a type, in the namespace that is meant. */
  objects(type: string): Promise<string[]> {
    return this.#ask(async (connection) => namesOf(connection, await connection.resources.find(type)));
  }

  /** The containers of a pod, or of the pods of a workload. */
  containers(word: string): Promise<string[]> {
    return this.#ask(async (connection) => {
      const { podOf } = await import("../pod-of.ts");
      const { spec }: Pod = await podOf(connection, word);
      return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }) => name);
    });
  }

  /** The names of a list of the kubeconfig. */
  async configured(list: "contexts" | "clusters" | "users"): Promise<string[]> {
    try {
      return ((await readConfig(this.#options))[list] ?? []).map(({ name }) => name);
    } catch {
      return [];
    }
  }

  async #ask(question: (connection: Connection) => Promise<string[]>): Promise<string[]> {
    let connection: Connection | undefined;
    try {
      connection = await connect(this.#options);
      return await question(connection);
    } catch {
      return [];
    } finally {
      connection?.close();
    }
  }
}

async function namesOf({ client, namespace }: Connection, resource: Resource): Promise<string[]> {
  const path = collectionPath(definitionOf(resource), resource.namespaced ? namespace : undefined);
  const { rows } = await fetchTable(client, `${path}?limit=500`);
  return (rows ?? []).map(({ object }) => object.metadata.name);
}
