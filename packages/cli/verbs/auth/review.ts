import type { Connection } from "../../connection.ts";

/** Posts a review, an object that is answered and not kept, and gives it back as the server has filled it in. */
export async function review<T>({ client }: Connection, apiVersion: string, resource: string, body: object): Promise<T> {
  const response = await client.raw({
    method: "POST",
    path: `/apis/${apiVersion}/${resource}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apiVersion, ...body }),
  });
  return JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString());
}
