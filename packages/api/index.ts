export * from "./definitions.ts";
export type * from "./generated/types.ts";
