export type { AgentHandle, AgentOptions } from "./agent-options.ts";
export { purgeDataDirectory } from "./data-directory.ts";
export { runAgent } from "./run-agent.ts";
export type { Mounter } from "./volumes/mounter.ts";
export { systemMounter } from "./volumes/system-mounter.ts";
