export { createDockerRuntime, DockerRuntime, type DockerRuntimeOptions } from "./docker-runtime.ts";
export { DEFAULT_SOCKET } from "./engine/address.ts";
