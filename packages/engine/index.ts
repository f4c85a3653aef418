export * from "./controller.ts";
export type { ControllerMetrics } from "./controller-runner.ts";
export * from "./event-recorder.ts";
export * from "./leader-lease.ts";
export * from "./run-controllers.ts";
export * from "./when-current.ts";
export * from "./work-queue.ts";
