export * from "./client.ts";
export * from "./informer.ts";
export * from "./transport.ts";
