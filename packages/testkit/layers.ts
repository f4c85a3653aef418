/**
 * Who may import whom. A package imports packages of lower layers only: siblings on one layer stay apart, so that each can be read, tested and
 * replaced alone. Source: docs/architecture.md.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ["base"],
  ["machinery"],
  ["api", "store", "runtime", "network", "pki"],
  ["client", "store-sqlite", "runtime-docker", "network-linux"],
  ["engine", "apiserver"],
  ["scheduler", "controllers", "agent", "dns", "cli"],
];

/** Imports that the layers would allow, and the plan does not. */
export const FORBIDDEN: readonly { from: string; to: string; why: string }[] = [
  ...["scheduler", "controllers", "agent", "dns", "cli"].flatMap((from) => [
    { from, to: "apiserver", why: "everything above the API goes through its client, so that it runs as well in another process" },
    { from, to: "store", why: "only the API server reads and writes the store" },
  ]),
  ...["api", "engine", "apiserver", "scheduler", "controllers", "agent", "dns", "cli", "client"].flatMap((from) =>
    ["store-sqlite", "runtime-docker", "network-linux"].map((to) => ({
      from,
      to,
      why: "a driver is chosen in cmd/ alone; the others know its interface",
    })),
  ),
];

/** Only tests may import these; they may import everything. */
export const TEST_PACKAGES: readonly string[] = ["testkit", "e2e", "bench"];

/** Plain scripts that run before anything is installed: they import nothing of Wherry's, and nothing imports them. */
export const STANDALONE: readonly string[] = ["setup"];
