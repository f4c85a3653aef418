import { randomBytes } from "node:crypto";
import type { PullProgress } from "@wherry/runtime";
import { ImageError } from "@wherry/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DockerRuntime } from "./docker-runtime.ts";
import { tarOf } from "./tar.ts";
import { engine, obstacle, openRuntime } from "./test-engine.ts";
import { TestRegistry } from "./test-registry.ts";

const auth = { username: "user", password: "secret" };

describe.runIf(!obstacle)("Pulling through Docker", { timeout: 60_000 }, () => {
  let test: Awaited<ReturnType<typeof openRuntime>>;
  let runtime: DockerRuntime;
  let registry: TestRegistry;
  let name: string;

  beforeEach(async () => {
    test = await openRuntime();
    runtime = test.runtime;
    // What does not compress, and no other test has: the engine has to transfer it.
    registry = await TestRegistry.open(tarOf("data", randomBytes(3 << 20)), auth.password);
    name = `${registry.address}/team/app:1`;
  });
  afterEach(async () => {
    await engine.call((docker) => docker.getImage(name).remove({ force: true })).catch(() => {});
    await registry.close();
    await test.close();
  });

  it("transfers once for all who ask at the same time, and tells each how far it is", async () => {
    const seen: PullProgress[][] = [[], []];
    const images = await Promise.all(seen.map((list) => runtime.pullImage(name, { auth, onProgress: (p) => list.push(p) })));
    expect(images[0]).toEqual(images[1]);
    expect(images[0]).toMatchObject({ tags: [name], digests: [`${registry.address}/team/app@${registry.manifestDigest}`], user: "1000" });
    expect(registry.layerReads).toBe(1);
    for (const list of seen) {
      expect(list.at(-1)).toMatchObject({ layersDone: 1, layersTotal: 1 });
      expect(list.at(-1)!.bytes).toBe(list.at(-1)!.totalBytes);
      expect(list.map((p) => p.layersDone)).toEqual(list.map((p) => p.layersDone).sort());
    }
    expect(await runtime.imageStatus(`${registry.address}/team/app@${registry.manifestDigest}`)).toMatchObject({ id: images[0]!.id });
  });

  it("says what the registry says about a wrong password", async () => {
    const error = await runtime.pullImage(name, { auth: { ...auth, password: "wrong" } }).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ImageError);
    expect(error).toMatchObject({
      reason: "ErrImagePull",
      message: expect.stringMatching(/unauthorized|authentication required|no basic auth/),
    });
    expect(await runtime.imageStatus(name)).toBeUndefined();
  });

  it("lets one caller go without stopping the other", async () => {
    const abort = new AbortController();
    const [first, second] = [runtime.pullImage(name, { auth, signal: abort.signal }), runtime.pullImage(name, { auth })];
    abort.abort(new Error("not wanted any more"));
    await expect(first).rejects.toThrow("not wanted any more");
    expect((await second).tags).toEqual([name]);
  });

  it("refuses a name that can be none", async () => {
    await expect(runtime.imageStatus("Not An Image")).rejects.toMatchObject({ reason: "InvalidImageName" });
    await expect(runtime.pullImage("Upper/case", {})).rejects.toThrow("repository name must be lowercase");
  });
});
