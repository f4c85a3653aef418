import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigMap, Pod, Secret, type Volume } from "@wherry/api";
import { expect, it } from "vitest";
import { run } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE, Scene } from "./scene.ts";

const at = (name: string, mountPath: string, more: object = {}) => ({ name, mountPath, ...more });

describeOnCluster("volumes", "e2e-volumes", (cluster) => {
  const restarts = (pod: Pod) => pod.status?.containerStatuses?.map((c) => c.restartCount);

  it.concurrent("an emptyDir is shared, outlives a container, and goes with its pod", async () => {
    const s = await Scene.create(cluster(), "empty-dir");
    const volumes: Volume[] = [
      { name: "disk", emptyDir: {} },
      { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
    ];
    const volumeMounts = [at("disk", "/disk"), at("memory", "/memory")];
    const other = { name: "other", image: BUSYBOX, command: IDLE, volumeMounts: [at("disk", "/shared", { readOnly: true })] };
    const main = { name: "main", image: BUSYBOX, command: IDLE, volumeMounts };
    await s.ready("p", { restartPolicy: "Always", volumes, containers: [main, other] });
    await s.sh("p", "echo kept > /disk/file; echo kept > /memory/file; chmod 600 /disk/file");
    expect(await s.sh("p", "mount | grep ' /memory ' | cut -d' ' -f5; df -m /memory | tail -1 | awk '{print $2}'; stat -c %a /disk")).toBe(
      "tmpfs\n8\n777\n",
    );
    await s.exec("p", "kill", "1");
    await s.until(Pod, "p", (pod) => restarts(pod)?.[0] === 1 && pod.status?.containerStatuses?.every((c) => c.ready));
    expect(await s.sh("p", "cat /disk/file /memory/file")).toBe("kept\nkept\n");
    const pod = await s.get(Pod, "p");
    const seen = await run("docker", [
      "exec",
      pod.status?.containerStatuses?.[1]?.containerID?.replace("docker://", "") ?? "",
      "sh",
      "-c",
      "cat /shared/file; touch /shared/x",
    ]);
    expect(seen).toMatchObject({ stdout: "kept\n", stderr: expect.stringContaining("Read-only file system") });
    const folder = join(cluster().dataDir, "agent", "pods", pod.metadata.uid);
    const folders = (await run("find", [cluster().dataDir, "-name", pod.metadata.uid])).stdout.trim().split("\n");
    expect(folders.length).toBeGreaterThan(0);
    await s.client.delete(Pod, { name: "p", namespace: s.namespace });
    await s.gone(Pod, "p");
    await eventually(() => [folder, ...folders].every((path) => !existsSync(path)));
  });

  it.concurrent("a hostPath is the host's own file or folder, of the type that is asked for", async () => {
    const s = await Scene.create(cluster(), "host-path");
    const folder = join(cluster().folder, "host-path");
    mkdirSync(folder);
    writeFileSync(join(folder, "file"), "from host\n");
    const hostPath = (name: string, path: string, type: string): Volume => ({ name, hostPath: { path: join(folder, path), type } });
    const volumes = [
      hostPath("file", "file", "File"),
      hostPath("made", "made/deep", "DirectoryOrCreate"),
      hostPath("touched", "touched", "FileOrCreate"),
    ];
    const volumeMounts = [at("file", "/file"), at("made", "/made"), at("touched", "/touched", { readOnly: true })];
    const printed = await s.script("p", "cat /file; echo hi > /made/x; (echo no > /touched) 2>&1 || true", {
      volumes,
      main: { volumeMounts },
    });
    expect(printed).toMatch(/from host\n.*can't create \/touched: Read-only file system/);
    expect(readFileSync(join(folder, "made/deep/x"), "utf8")).toBe("hi\n");
    await s.pod("wrong", { volumes: [hostPath("v", "file", "Directory")], main: { volumeMounts: [at("v", "/v")] } });
    await s.event("wrong", "FailedMount", `hostPath type check failed: ${folder}/file is not a directory`);
    await s.until(Pod, "wrong", (pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ContainerCreating");
  });

  it.concurrent("maps and secrets are updated as a whole, in place, without a restart", async () => {
    const s = await Scene.create(cluster(), "updates");
    await s.create(ConfigMap, { metadata: { name: "map" }, data: { a: "0", b: "0", gone: "0" }, binaryData: { raw: "AAEC" } });
    await s.create(Secret, { metadata: { name: "secret" }, stringData: { key: "0" } });
    const volumes: Volume[] = [
      { name: "map", configMap: { name: "map" } },
      { name: "some", configMap: { name: "map", items: [{ key: "a", path: "x/y", mode: 0o440 }], defaultMode: 0o444 } },
      { name: "secret", secret: { secretName: "secret", defaultMode: 0o400 } },
      { name: "pinned", configMap: { name: "map" } },
    ];
    const volumeMounts = [at("map", "/map"), at("some", "/some"), at("secret", "/secret"), at("pinned", "/pinned", { subPath: "a" })];
    // Reads both files through one folder, over and over: they must always be of one version.
    const reader =
      'while :; do cd -P /map/..data; a=$(cat a 2>/dev/null) && b=$(cat b 2>/dev/null) && [ "$a" != "$b" ] && echo torn "$a" "$b"; cd /; done';
    await s.ready("p", {
      volumes,
      containers: [
        { name: "main", image: BUSYBOX, command: IDLE, volumeMounts },
        { name: "reader", image: BUSYBOX, command: ["sh", "-c", reader], volumeMounts },
      ],
    });
    expect(
      await s.sh(
        "p",
        "cat /map/a /some/x/y /secret/key /pinned; od -An -tx1 /map/raw; stat -L -c %a /some/x/y /secret/key /map/a; ls /some",
      ),
    ).toBe("0000 00 01 02\n440\n400\n644\nx\n");
    expect(await s.sh("p", "mount | grep ' /secret ' | cut -d' ' -f5")).toBe("tmpfs\n");
    for (const version of ["1", "2", "3"]) {
      const merge = (body: object) => ({ type: "merge", body }) as const;
      await s.client.patch(
        ConfigMap,
        { name: "map", namespace: s.namespace },
        merge({ data: { a: version, b: version, gone: null, [`new${version}`]: "x" } }),
      );
      await s.client.patch(Secret, { name: "secret", namespace: s.namespace }, merge({ stringData: { key: version } }));
      await eventually(async () => (await s.sh("p", "cat /map/a /map/b /some/x/y /secret/key")) === version.repeat(4), 120);
    }
    // What was mounted by itself stays as it was: upstream promises no more, either.
    expect(await s.sh("p", "cat /pinned; ls /map")).toBe("0a\nb\nnew1\nnew2\nnew3\nraw\n");
    expect(await s.logs("p", { container: "reader" })).toBe("");
    expect(restarts(await s.get(Pod, "p"))).toEqual([0, 0]);
  });

  it.concurrent("a part of a volume, by a name that depends on the pod", async () => {
    const s = await Scene.create(cluster(), "sub-path");
    const env = [{ name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
    const volumes: Volume[] = [{ name: "v", emptyDir: {} }];
    const volumeMounts = [at("v", "/all"), at("v", "/part", { subPathExpr: "logs/$(POD)" })];
    expect(await s.script("p", "echo x > /part/file; cat /all/logs/p/file", { volumes, main: { env, volumeMounts } })).toBe("x\n");
    await s.pod("bad", { volumes, main: { volumeMounts: [at("v", "/v", { subPathExpr: "$(NONE)" })] } });
    await s.until(Pod, "bad", (pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError");
  });

  it.concurrent("a pod waits for its map and its secret, says so, and starts when they are there", async () => {
    const s = await Scene.create(cluster(), "waits");
    const volumes: Volume[] = [
      { name: "map", configMap: { name: "later" } },
      { name: "secret", secret: { secretName: "later" } },
      { name: "optional", configMap: { name: "never", optional: true } },
    ];
    const volumeMounts = [at("map", "/map"), at("secret", "/secret"), at("optional", "/optional")];
    await s.pod("p", { volumes, main: { command: ["sh", "-c", "cat /map/k /secret/k; ls /optional"], volumeMounts } });
    await s.event("p", "FailedMount", 'MountVolume.SetUp failed for volume "map" : configmap "later" not found');
    await s.create(ConfigMap, { metadata: { name: "later" }, data: { k: "map " } });
    await s.event("p", "FailedMount", 'MountVolume.SetUp failed for volume "secret" : secret "later" not found');
    await s.create(Secret, { metadata: { name: "later" }, stringData: { k: "secret\n" } });
    expect((await s.ended("p")).status?.phase).toBe("Succeeded");
    expect(await s.logs("p")).toBe("map secret\n");
  });
});
