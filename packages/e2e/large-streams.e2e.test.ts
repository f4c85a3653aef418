import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing, ROOT, type TestCluster } from "./cluster.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { Scene } from "./scene.ts";

const MIB = 1 << 20;
/** The long test's is what tells memory that grows with the transfer from memory that does not. */
const SIZE = (process.env.WHERRY_TEST_LONG === "1" ? 1024 : 20) * MIB;
/** How much more memory the server and the agent may need while so much goes through them, whatever the size. */
const MEMORY_MIB = 160;

const WHERRY = join(ROOT, "wherry");
/** One that speaks WebSocket, one that speaks SPDY, and wherry. */
const BINARIES = missing() ? [] : [WHERRY, kubectlPath(), ...versionedKubectls().slice(0, 1)];

/** The same bytes each time, that nothing can compress: a cipher's output. */
function noise(size: number): Readable {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  return Readable.from(
    (function* () {
      for (let left = size; left > 0; left -= MIB) yield cipher.update(Buffer.alloc(Math.min(MIB, left)));
    })(),
  );
}

async function checksum(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of stream) hash.update(part);
  return hash.digest("hex");
}

/** Gives the most memory that each process of the cluster has had from here on, beyond what it has now. In MiB. */
function watchMemory(cluster: TestCluster): () => Record<string, number> {
  const field = (pid: number, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  const before = (["server", "agent"] as const).map((role) => {
    const pid = cluster.pid(role);
    // The kernel's way to forget the peak so far.
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    return { role, pid, now: field(pid, "VmRSS") };
  });
  return () => Object.fromEntries(before.map(({ role, pid, now }) => [role, field(pid, "VmHWM") - now]));
}

describeOnCluster("large streams", "e2e-large", (cluster) => {
  it.each(BINARIES)("%s carries them whole, in bounded memory", { timeout: 900_000 }, async (binary) => {
    const name = `large-${binary.split("/").at(-1)?.replaceAll(".", "-")}`;
    const scene = await Scene.create(cluster(), name);
    const k = new Kubectl(cluster(), name, binary);
    const folder = cluster().newFolder(name);
    await pipeline(noise(SIZE), createWriteStream(join(folder, "file")));
    const wanted = await checksum(createReadStream(join(folder, "file")));
    // Whoever receives keeps its own direction open: its end would be the end of both for kubectl.
    const receive = "sleep 10000 | nc -l -p 9000 | (sha256sum > /tmp/sum.new; mv /tmp/sum.new /tmp/sum)";
    const script = `(${receive}) & exec httpd -f -p 9001 -h /tmp`;
    await scene.ready("store", { main: { command: ["sh", "-c", script] } });
    const peak = watchMemory(cluster());

    await k.run("cp", join(folder, "file"), "store:/tmp/file");
    expect(await scene.sh("store", "sha256sum < /tmp/file")).toMatch(new RegExp(`^${wanted} `));
    await k.run("cp", "store:/tmp/file", join(folder, "back"));
    expect(await checksum(createReadStream(join(folder, "back")))).toBe(wanted);

    await using forwarding = k.start("port-forward", "store", ":9000", ":9001");
    await forwarding.until(/127\.0\.0\.1:\d+ -> 9001/);
    const local = (remote: number) => Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${remote}`).exec(forwarding.output)?.[1]);
    const { body } = await fetch(`http://127.0.0.1:${local(9001)}/file`);
    expect(await checksum(Readable.fromWeb(body as never))).toBe(wanted);

    // The protocol that wherry forwards with cannot end one direction, which is what the far side waits for.
    if (binary !== WHERRY) {
      const up = connect({ port: local(9000), host: "127.0.0.1", allowHalfOpen: true });
      const sent = once(up.resume(), "finish");
      noise(SIZE).pipe(up);
      await sent;
      expect(await scene.sh("store", "until [ -e /tmp/sum ]; do sleep 0.1; done; cat /tmp/sum")).toMatch(new RegExp(`^${wanted} `));
      up.destroy();
    }

    for (const [role, more] of Object.entries(peak())) expect(more, `MiB that the ${role} needed more`).toBeLessThan(MEMORY_MIB);
  });
});
