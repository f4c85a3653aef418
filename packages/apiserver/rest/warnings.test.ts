import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const PATH = "/apis/apps/v1/namespaces/default/deployments";
const spec = {
  selector: { matchLabels: { a: "b" } },
  template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
};
beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: ["system:masters"] }));
  await api("POST", PATH, { metadata: { name: "a" }, spec });
});
afterAll(() => plane.close());

it("warns of what will be stored, whatever was sent", async () => {
  // Only the status counts here: the rest of what is sent may be anything, or not there.
  expect((await api("PUT", `${PATH}/a/status`, { metadata: { name: "a" } })).status).toBe(200);
  expect((await api("PUT", `${PATH}/a`, { metadata: { name: "a" } })).status).toBe(422);
});
