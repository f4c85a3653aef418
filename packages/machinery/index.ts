export * from "./field-error.ts";
export * from "./kind.ts";
export * from "./object.ts";
export * from "./schema.ts";
