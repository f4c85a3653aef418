import { type EngineClient, hasStatus } from "./client.ts";

/** Kills and removes a container with its anonymous volumes, and waits until it is gone. No error when it is gone already. */
export async function removeContainer(engine: EngineClient, id: string): Promise<void> {
  try {
    await engine.json({ method: "DELETE", path: `/containers/${id}`, query: { force: 1, v: 1 } });
  } catch (error) {
    if (hasStatus(error, 404)) return;
    if (!hasStatus(error, 409)) throw error;
    await waitRemoved(engine, id);
  }
}

/** Somebody else is removing it. */
async function waitRemoved(engine: EngineClient, id: string): Promise<void> {
  try {
    await engine.json({ method: "POST", path: `/containers/${id}/wait`, query: { condition: "removed" }, blocking: true });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
