import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { dockerSocket, ROOT, type TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { fetchOnce } from "./load.ts";

const MANIFESTS = join(ROOT, "testdata", "demo");

/** The demo of testdata/demo in a test's own cluster, on a NodePort and a database folder of its own. */
export class DemoApplication {
  readonly url: string;
  readonly #cluster: TestCluster;
  readonly #manifest: string;
  readonly #data: string;

  constructor(cluster: TestCluster, nodePort: number) {
    this.#cluster = cluster;
    this.url = `http://127.0.0.1:${nodePort}`;
    this.#data = join(cluster.folder, "postgres");
    const files = readdirSync(MANIFESTS).filter((name) => name.endsWith(".yaml"));
    this.#manifest = files
      .map((name) => readFileSync(join(MANIFESTS, name), "utf8"))
      .join("\n---\n")
      .replace("nodePort: 30080", `nodePort: ${nodePort}`)
      .replace("/var/lib/wherry-demo/postgres", this.#data);
  }

  /** Makes the images, applies the manifests, and waits until the page answers. */
  async start(): Promise<void> {
    await buildImages(["web", "postgres"], dockerSocket());
    rmSync(this.#data, { recursive: true, force: true });
    await this.#cluster.apply(this.#manifest);
    await this.#cluster.wherry("rollout", "status", "deployment/database", "--timeout", "120s");
    await this.#cluster.wherry("rollout", "status", "deployment/web", "--timeout", "120s");
    await eventually(async () => (await fetchOnce(`${this.url}/`)).status === 200);
  }

  /** How many visits the database counts. */
  async visits(): Promise<number> {
    const { status, body } = await fetchOnce(`${this.url}/visits`);
    if (status !== 200) throw new Error(body);
    return Number(body);
  }
}
