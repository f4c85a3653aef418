import { createHash } from "node:crypto";
import type { Registry } from "@wherry/machinery";
import { type ApiRequest, type ApiResponse, headerOf, jsonBytes } from "../exchange.ts";
import { aggregatedContentType, aggregatedDiscovery, wantsAggregated } from "./aggregated.ts";
import { legacyDiscovery } from "./legacy.ts";

/** Says what is served, in both forms. */
export class Discovery {
  readonly #registry: () => Registry;
  readonly #address: string;
  #made: { of: Registry; legacy: Map<string, object> } | undefined;

  /** @param address `host:port` that clients reach the server at */
  constructor(registry: () => Registry, address: string) {
    this.#registry = registry;
    this.#address = address;
  }

  /** The answer to a discovery path; undefined for any other. */
  answer(request: ApiRequest, path: string): ApiResponse | undefined {
    const registry = this.#registry();
    const plain = this.#legacy(registry).get(path);
    if (!plain) return undefined;
    const aggregates = path === "/api" || path === "/apis";
    const version = aggregates ? wantsAggregated(headerOf(request, "accept")) : undefined;
    if (!version) return jsonBytes(200, `${JSON.stringify(plain)}\n`);
    const body = `${JSON.stringify(aggregatedDiscovery(registry.kinds, version, path === "/api"))}\n`;
    const etag = `"${createHash("sha256").update(body).digest("hex").toUpperCase()}"`;
    const headers = { "content-type": aggregatedContentType(version), etag, vary: "Accept" };
    if (headerOf(request, "if-none-match") === etag) return { status: 304, headers, body: "" };
    return jsonBytes(200, body, headers);
  }

  #legacy(registry: Registry): Map<string, object> {
    if (this.#made?.of !== registry) this.#made = { of: registry, legacy: legacyDiscovery(registry.kinds, this.#address) };
    return this.#made.legacy;
  }
}
