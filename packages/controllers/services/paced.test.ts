import { FakeClock } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import { expect, it } from "vitest";
import { paced } from "./paced.ts";

it("lets a key rest in proportion to its work, and nothing else wait", async () => {
  const clock = new FakeClock();
  const ctx = { clock } as unknown as ControllerContext;
  const done: string[] = [];
  const reconcile = paced(async (key) => {
    done.push(key);
    if (key === "large") await clock.advance(10);
  });
  expect(await reconcile("large", ctx)).toBeUndefined();
  expect(await reconcile("large", ctx)).toEqual({ requeueAfterMs: 40 });
  expect(await reconcile("small", ctx)).toBeUndefined();
  expect(await reconcile("small", ctx)).toBeUndefined();
  await clock.advance(40);
  expect(await reconcile("large", ctx)).toBeUndefined();
  expect(done).toEqual(["large", "small", "small", "large"]);
});
