import { request } from "node:http";

/** One answer over a connection of its own; rejects when none comes within five seconds. */
export function fetchOnce(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, timeout: 5000 }, async (response) => {
      try {
        resolve({ status: response.statusCode ?? 0, body: (await response.setEncoding("utf8").toArray()).join("") });
      } catch (error) {
        reject(error as Error);
      }
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 5 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** What a load saw. */
export interface LoadResult {
  answered: number;
  /** What went wrong, request by request. */
  failures: string[];
}

/** Asks for `url` without a pause, `clients` at a time, while `work` runs; each request has a connection of its own. */
export async function underLoad(url: string, clients: number, work: () => Promise<unknown>): Promise<LoadResult> {
  const result: LoadResult = { answered: 0, failures: [] };
  let over = false;
  const ask = async () => {
    while (!over) {
      try {
        const { status, body } = await fetchOnce(url);
        if (status === 200) result.answered++;
        else result.failures.push(`${status}: ${body}`);
      } catch (error) {
        result.failures.push((error as Error).message);
      }
    }
  };
  const asking = Array.from({ length: clients }, ask);
  try {
    await work();
  } finally {
    over = true;
    await Promise.all(asking);
  }
  return result;
}
