import { gunzipSync } from "node:zlib";
import { ConfigMap } from "@wherry/api";
import { systemClock } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acceptsGzip } from "./gzip.ts";

let plane: ControlPlane;
let base: string;
const MAPS = "/api/v1/namespaces/default/configmaps";

beforeAll(async () => {
  const authenticateToken = async () => ({ user: { name: "bearer", groups: [] } });
  plane = await startControlPlane({ clock: systemClock, server: { authenticateToken } });
  const { port } = await plane.server.listen({ host: "127.0.0.1", port: 0 });
  base = `http://127.0.0.1:${port}`;
});
afterAll(() => plane?.close());

const create = (name: string, size: number) =>
  plane.client.create(ConfigMap, { metadata: { name, namespace: "default" }, data: { text: "x".repeat(size) } });

async function get(path: string, encoding?: string) {
  const { request } = await import("node:http");
  return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const headers = { authorization: "Bearer t", ...(encoding !== undefined && { "accept-encoding": encoding }) };
    request(`${base}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.once("error", reject);
    })
      .once("error", reject)
      .end();
  });
}

describe("a big answer", () => {
  it("is compressed for who takes it, whole or streamed", async () => {
    await create("small", 10);
    await create("a", 100_000);
    await create("b", 100_000);
    expect((await get(`${MAPS}/small`, "gzip")).headers["content-encoding"]).toBeUndefined();
    const plain = await get(MAPS);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const zipped = await get(MAPS, "gzip, deflate");
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(zipped.body.length).toBeLessThan(plain.body.length / 10);
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    for (let i = 0; i < 8; i++) await create(`c${i}`, 100_000);
    const streamed = await get(MAPS, "gzip");
    expect(streamed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(streamed.body)).toEqual((await get(MAPS)).body);
  });

  it("is not, for a watch", async () => {
    const watch = await get(`${MAPS}?watch=1&timeoutSeconds=1`, "gzip");
    expect(watch.headers["content-encoding"]).toBeUndefined();
  });
});

it.each([
  ["", false],
  ["gzip", true],
  ["deflate, GZIP;q=0.5", true],
  ["gzip;q=0", false],
  ["gzip;q=0.0, br", false],
  ["x-gzip", false],
])("of %j gzip is accepted: %s", (header, accepted) => expect(acceptsGzip(header)).toBe(accepted));
