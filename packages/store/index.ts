export * from "./auto-compact.ts";
export * from "./prefix.ts";
export * from "./store.ts";
export * from "./store-error.ts";
