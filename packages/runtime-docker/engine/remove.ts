import type { EngineClient } from "./client.ts";
import { hasStatus } from "./engine-error.ts";

/** Kills and removes a container with its anonymous volumes, and waits until it is gone. No error when it is gone already. */
export async function removeContainer(engine: EngineClient, id: string): Promise<void> {
  try {
    await engine.call((docker) => docker.getContainer(id).remove({ force: true, v: true }));
  } catch (error) {
    if (hasStatus(error, 404)) return;
    if (!hasStatus(error, 409)) throw error;
    await waitRemoved(engine, id);
  }
}

/** Somebody else is removing it. */
async function waitRemoved(engine: EngineClient, id: string): Promise<void> {
  try {
    await engine.call((docker) => docker.getContainer(id).wait({ condition: "removed" }), { blocking: true });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
