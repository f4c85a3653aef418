export * from "./builders/index.ts";
export * from "./control-plane.ts";
