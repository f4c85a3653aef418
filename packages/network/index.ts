export * from "./cidr.ts";
export * from "./driver.ts";
export * from "./ipam.ts";
export * from "./services/change.ts";
export * from "./services/planner.ts";
export * from "./services/table.ts";
