export * from "./cidr.ts";
export * from "./driver.ts";
export * from "./ipam.ts";
