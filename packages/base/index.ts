export * from "./abort.ts";
export * from "./backoff.ts";
export * from "./clock.ts";
export * from "./fake-clock.ts";
export * from "./logger.ts";
export * from "./readiness.ts";
export * from "./run-process.ts";
export * from "./status-error.ts";
