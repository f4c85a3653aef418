export * from "./client.ts";
export * from "./create-client.ts";
export * from "./create-informer.ts";
export * from "./https-transport.ts";
export * from "./informer.ts";
export * from "./informer-factory.ts";
export * from "./kubeconfig.ts";
export * from "./transport.ts";
