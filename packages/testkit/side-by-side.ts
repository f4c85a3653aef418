import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@wherry/base";
import { kubeconfigYaml } from "@wherry/pki";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { newestKubectl } from "./kubectl.ts";

/** The command line in this process: `main` of packages/cli. */
export type Main = (words: readonly string[], self: readonly string[]) => Promise<number>;

/** What a command did. */
export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** A kubectl whose words are those that wherry has, too. Versions differ in empty fields that they print, and in a word here and there. */
const KUBECTL = newestKubectl(32, 33);

/** Whether there is a kubectl to compare with. */
export const hasKubectl = KUBECTL !== undefined;

/** A real API server over TLS, and both programs that talk to it: kubectl as a process, wherry within this one. */
export class SideBySide {
  readonly plane: ControlPlane;
  /** Removed with everything in it at the end. */
  readonly folder: string;
  readonly #main: Main;
  /** The environment in which both find the server. */
  readonly env: Readonly<Record<string, string>>;

  /** Close it at the end. */
  static async start(main: Main): Promise<SideBySide> {
    const folder = mkdtempSync(join(tmpdir(), "wherry-beside-"));
    const tls = await testTls();
    const admin = await tls.client("admin", ["system:masters"]);
    const plane = await startControlPlane({ clock: systemClock, server: { tls: tls.server } });
    const { port } = await plane.server.listen({ host: "127.0.0.1", port: 0 });
    const config = kubeconfigYaml({ server: `https://127.0.0.1:${port}`, ca: tls.ca, cert: admin.cert, key: admin.key });
    writeFileSync(join(folder, "kubeconfig"), config, { mode: 0o600 });
    return new SideBySide(main, plane, folder);
  }

  private constructor(main: Main, plane: ControlPlane, folder: string) {
    this.#main = main;
    this.plane = plane;
    this.folder = folder;
    this.env = { KUBECONFIG: join(folder, "kubeconfig"), HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
  }

  /** Writes a file into the folder, and gives its path. */
  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  kubectl(...args: string[]): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(KUBECTL ?? "kubectl", args, { env: { ...process.env, ...this.env }, stdio: ["ignore", "pipe", "pipe"] });
      const texts = { out: "", err: "" };
      const into = (key: "out" | "err") => (chunk: string) => {
        texts[key] += chunk;
      };
      child.stdout.setEncoding("utf8").on("data", into("out"));
      child.stderr.setEncoding("utf8").on("data", into("err"));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...texts }));
    });
  }

  /** Runs one command line in this process; one at a time, because a process has one standard output. */
  async wherry(...args: string[]): Promise<Ran> {
    const texts = { out: "", err: "" };
    const [out, err] = [process.stdout.write, process.stderr.write];
    const into = (key: "out" | "err") => (text: string | Uint8Array) => {
      texts[key] += Buffer.from(text as string).toString();
      return true;
    };
    process.stdout.write = into("out");
    process.stderr.write = into("err");
    const before = { ...process.env };
    Object.assign(process.env, this.env);
    try {
      return { code: await this.#main(args, ["wherry"]), ...texts };
    } finally {
      [process.stdout.write, process.stderr.write] = [out, err];
      for (const key of Object.keys(this.env)) {
        if (before[key] === undefined) delete process.env[key];
        else process.env[key] = before[key];
      }
    }
  }

  async close(): Promise<void> {
    await this.plane.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
