import type { ContainerCreateOptions } from "dockerode";
import type { EngineClient } from "./client.ts";

/** Creates a container and gives its id. */
export async function createContainer(engine: EngineClient, name: string, config: ContainerCreateOptions): Promise<string> {
  // Without the two parts dockerode sends everything twice, as the body and in the URL, where long environments do not fit.
  const parts: ContainerCreateOptions & { _query: object; _body: object } = { _query: { name }, _body: config };
  return (await engine.call((docker) => docker.createContainer(parts), { begins: true })).id;
}
