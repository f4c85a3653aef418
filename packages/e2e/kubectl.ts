import { join } from "node:path";
import { Background } from "./background.ts";
import { kubectlPath, type Ran, ROOT, run, type TestCluster } from "./cluster.ts";

/** Where the manifests that tests apply are kept. */
export const MANIFESTS = join(ROOT, "testdata", "manifests");

/** A kubectl that works in one namespace of a cluster. */
export class Kubectl {
  readonly #binary: string;
  readonly #global: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly namespace: string;

  /** Makes the namespace. */
  static async inNamespace(cluster: TestCluster, namespace: string, binary: string = kubectlPath()): Promise<Kubectl> {
    const kubectl = new Kubectl(cluster, namespace, binary);
    await kubectl.run("create", "namespace", namespace);
    return kubectl;
  }

  constructor(cluster: TestCluster, namespace: string, binary: string) {
    this.#binary = binary;
    this.#global = ["--namespace", namespace];
    this.#env = cluster.env;
    this.namespace = namespace;
  }

  /** Its exit code and what it said, on standard output and standard error. */
  try(args: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
    return run(this.#binary, [...this.#global, ...args], { ...options, env: { ...this.#env, ...options.env } });
  }

  /** What it said on standard output; fails the test when it fails. */
  async run(...args: string[]): Promise<string> {
    return this.#succeeded(await this.try(args), args);
  }

  /** What it said on standard error, where it must fail. */
  async refused(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(args);
    if (code === 0) throw new Error(`kubectl ${args.join(" ")} was expected to fail; it said:\n${stdout}`);
    return stderr;
  }

  /** Runs it with `-f -` and the manifest as input. */
  async with(manifest: string, ...args: string[]): Promise<string> {
    const all = [...args, "-f", "-"];
    return this.#succeeded(await this.try(all, { input: manifest }), all);
  }

  /** Starts it in the background. */
  start(...args: string[]): Background {
    return new Background(this.#binary, [...this.#global, ...args], this.#env);
  }

  #succeeded({ code, stdout, stderr }: Ran, args: readonly string[]): string {
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} failed with exit code ${code}:\n${stderr}${stdout}`);
    return stdout;
  }
}
