import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { missing, TestCluster } from "./cluster.ts";
import { hostSnapshot } from "./host-snapshot.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of purge do not run: ${why}`);

const BUSY = `
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { a: b }
---
apiVersion: v1
kind: Pod
metadata: { name: sleeper }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: wherry-test/busybox:1
      command: [sleep, "100000"]
      volumeMounts:
        - { name: key, mountPath: /key }
        - { name: memory, mountPath: /memory }
  volumes:
    - { name: key, secret: { secretName: key } }
    - { name: memory, emptyDir: { medium: Memory } }
---
apiVersion: v1
kind: Service
metadata: { name: sleeper }
spec: { type: NodePort, ports: [{ port: 80, nodePort: 31099 }] }
`;

/** A process that has ended, and that its parent has not looked after yet, has no command line any more. */
const runs = (pid: number) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";

describe.skipIf(why)("wherry up and down", () => {
  it("purges to the last trace, with pods running and two clusters side by side", async () => {
    const { buildImages } = await import("@wherry/images/build.ts");
    const { dockerSocket } = await import("./cluster.ts");
    await buildImages(["busybox"], dockerSocket());
    const [one, two] = await Promise.all([TestCluster.create("e2e-one"), TestCluster.create("e2e-two")]);
    const before = await hostSnapshot(["e2e-one", "e2e-two"]);
    try {
      await one.up();
      await two.up();
      for (const cluster of [one, two]) {
        await cluster.apply(BUSY.replace("31099", cluster === one ? "31099" : "31098"));
        await cluster.wherry("wait", "--for=condition=Ready", "pod/sleeper", "--timeout", "60s");
      }
      expect(readFileSync(one.kubeconfig, "utf8")).toContain("wherry-e2e-one");
      const pids = [one, two].flatMap((c) => [c.pid("server"), c.pid("agent")]);
      await one.down("--purge");
      expect(await two.wherry("get", "pods", "-o", "name")).toBe("pod/sleeper\n");
      await two.down("--purge");
      expect(await hostSnapshot(["e2e-one", "e2e-two"])).toEqual(before);
      expect([one.dataDir, two.dataDir].filter((dir) => existsSync(dir))).toEqual([]);
      expect(pids.filter(runs)).toEqual([]);
      expect(existsSync(one.kubeconfig)).toBe(false);
    } finally {
      await Promise.all([one.remove(), two.remove()]);
    }
  });
});
