export * from "./abort.ts";
export * from "./backoff.ts";
export * from "./clock.ts";
export * from "./fake-clock.ts";
export * from "./logger.ts";
export * from "./status-error.ts";
