import type { Registry as PromRegistry } from "prom-client";
import prom from "prom-client";
import { type ApiResponse, text } from "./exchange.ts";
import type { WatchCache } from "./watch-cache/watch-cache.ts";

/** What a request was, as upstream labels it. */
export interface RequestLabels {
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  scope: string;
  dryRun: string;
}

const COMMON = ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"] as const;
// Source: apiserver `endpoints/metrics`.
const DURATIONS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** The server's own figures, under upstream's names. */
export class Metrics {
  readonly #registry: PromRegistry = new prom.Registry();
  readonly #total;
  readonly #duration;
  readonly #inflight;

  constructor() {
    const registers = [this.#registry];
    this.#total = new prom.Counter({
      name: "apiserver_request_total",
      help: "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
      labelNames: [...COMMON, "code"],
      registers,
    });
    this.#duration = new prom.Histogram({
      name: "apiserver_request_duration_seconds",
      help: "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
      labelNames: COMMON,
      buckets: DURATIONS,
      registers,
    });
    this.#inflight = new prom.Gauge({
      name: "apiserver_current_inflight_requests",
      help: "Number of requests being served right now, by request kind.",
      labelNames: ["request_kind"],
      registers,
    });
    processMetrics(registers);
  }

  /** A request begins; call what it gives once its answer is known. */
  begin(method: string): (labels: RequestLabels, code: number) => void {
    const started = performance.now();
    const kind = { request_kind: method === "GET" || method === "HEAD" ? "readOnly" : "mutating" };
    this.#inflight.inc(kind);
    return ({ dryRun, ...rest }, code) => {
      const labels = { ...rest, dry_run: dryRun, component: "apiserver" };
      this.#inflight.dec(kind);
      this.#total.inc({ ...labels, code: String(code) });
      this.#duration.observe(labels, (performance.now() - started) / 1000);
    };
  }

  /** Adds what is read off the cache when asked for. */
  watchCache(cache: WatchCache): void {
    const registers = [this.#registry];
    const perResource = (
      name: string,
      help: string,
      labelNames: string[],
      value: (c: ReturnType<WatchCache["resource"]>) => [object, number],
    ) =>
      new prom.Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          for (const resource of cache.resources()) this.set(...(value(resource) as [Record<string, string>, number]));
        },
      });
    perResource("apiserver_storage_objects", "Number of stored objects, by resource.", ["resource"], ({ of: { kind }, size }) => [
      { resource: kind.group ? `${kind.plural}.${kind.group}` : kind.plural },
      size,
    ]);
    perResource("apiserver_registered_watchers", "Number of registered watchers, by kind.", ["group", "version", "kind"], (c) => [
      { group: c.of.kind.group, version: c.of.kind.version, kind: c.of.kind.kind },
      c.watchers,
    ]);
  }

  async page(): Promise<ApiResponse> {
    return text(200, await this.#registry.metrics(), { "content-type": this.#registry.contentType });
  }
}

/** Read when asked for: nothing ticks while nobody looks. */
function processMetrics(registers: PromRegistry[]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new prom.Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("process_resident_memory_bytes", "Resident memory size in bytes.", () => process.memoryUsage.rss());
  gauge("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", () =>
    Math.floor(performance.timeOrigin / 1000),
  );
  gauge("nodejs_heap_size_used_bytes", "Heap in use, in bytes.", () => process.memoryUsage().heapUsed);
}
