import { type Event, Event as EventKind, isPodReady, Namespace, Pod, type PodSpec } from "@wherry/api";
import type { Status } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { ApiObject, KindDefinition, NewObject } from "@wherry/machinery";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** The image of every test's containers: a static busybox. */
export const BUSYBOX = "wherry-test/busybox:1";

/** A shell that goes on until it is told to end, and then ends at once. */
export const IDLE = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"];

/** What ran in a container: its exit code and its output. */
export interface Executed {
  code: number;
  stdout: string;
  stderr: string;
}

/** A pod's spec with one container `main` of the tests' image, unless it says otherwise. */
export type SceneSpec = Partial<PodSpec> & { main?: Partial<PodSpec["containers"][number]> };

/** A namespace of a test's own, and what tests do with pods all the time. */
export class Scene {
  readonly namespace: string;
  readonly client: Client;

  static async create(cluster: TestCluster, namespace: string): Promise<Scene> {
    const scene = new Scene(await cluster.client(), namespace);
    await scene.client.create(Namespace, { metadata: { name: namespace }, spec: {} });
    return scene;
  }

  /** A namespace that is there already. */
  static of(client: Client, namespace: string): Scene {
    return new Scene(client, namespace);
  }

  private constructor(client: Client, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Creates an object in the scene's namespace. */
  create<O extends ApiObject>(kind: KindDefinition<O>, object: NewObject<O>): Promise<O> {
    return this.client.create(kind, { ...object, metadata: { namespace: this.namespace, ...object.metadata } });
  }

  get<O extends ApiObject>(kind: KindDefinition<O>, name: string): Promise<O> {
    return this.client.get(kind, { name, namespace: this.namespace });
  }

  /** Creates a pod that is never restarted and has a second to end, unless the spec says otherwise. */
  pod(name: string, { main, ...spec }: SceneSpec = {}, metadata: Partial<Pod["metadata"]> = {}): Promise<Pod> {
    return this.create(Pod, {
      metadata: { name, ...metadata },
      spec: {
        terminationGracePeriodSeconds: 1,
        restartPolicy: "Never",
        containers: [{ name: "main", image: BUSYBOX, command: IDLE, ...main }],
        ...spec,
      },
    });
  }

  /** Waits until the object is as wanted; fails with its status. */
  until<O extends ApiObject>(kind: KindDefinition<O>, name: string, wanted: (object: O) => unknown): Promise<O> {
    return eventually(async () => {
      const object = await this.get(kind, name);
      if (wanted(object)) return object;
      throw new Error(`${kind.kind} ${name} is still ${JSON.stringify((object as { status?: object }).status)}`);
    });
  }

  /** Creates the pod and waits until it is ready. */
  async ready(name: string, spec: SceneSpec = {}, metadata: Partial<Pod["metadata"]> = {}): Promise<Pod> {
    await this.pod(name, spec, metadata);
    return this.until(Pod, name, isPodReady);
  }

  /** Runs a shell script as a pod to its successful end; gives what it printed. */
  async script(name: string, script: string, { main, ...spec }: SceneSpec = {}, metadata: Partial<Pod["metadata"]> = {}): Promise<string> {
    await this.pod(name, { ...spec, main: { command: ["sh", "-c", script], ...main } }, metadata);
    const ended = await this.ended(name);
    const printed = await this.logs(name);
    if (ended.status?.phase !== "Succeeded")
      throw new Error(`pod ${name} failed: ${JSON.stringify(ended.status?.containerStatuses)}\n${printed}`);
    return printed;
  }

  /** Waits until the pod has succeeded or failed. */
  ended(name: string): Promise<Pod> {
    return this.until(Pod, name, (pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed");
  }

  /** Waits until nothing has this name any more. */
  async gone<O extends ApiObject>(kind: KindDefinition<O>, name: string): Promise<void> {
    await eventually(async () => {
      const { items } = await this.client.list(kind, { namespace: this.namespace, fieldSelector: `metadata.name=${name}` });
      return items.length === 0;
    });
  }

  /** What a container printed. */
  async logs(pod: string, query: Readonly<Record<string, string>> = {}): Promise<string> {
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod}/log?${new URLSearchParams(query)}`;
    const { body } = await this.client.raw({ method: "GET", path });
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** The events about an object, oldest first. */
  async events(name: string): Promise<Event[]> {
    const query = { namespace: this.namespace, fieldSelector: `involvedObject.name=${name}` };
    return (await this.client.list(EventKind, query)).items.toSorted(
      (a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion),
    );
  }

  /** Waits for an event about the object whose reason is this, and whose message has this text. */
  event(name: string, reason: string, text = ""): Promise<Event> {
    return eventually(async () => {
      const events = await this.events(name);
      const found = events.find((e) => e.reason === reason && e.message?.includes(text));
      if (!found)
        throw new Error(`no event ${reason} "${text}" of ${name} among ${JSON.stringify(events.map((e) => [e.reason, e.message]))}`);
      return found;
    });
  }

  /** Runs a command in the pod's container `main`, through the API. */
  async exec(pod: string, ...command: string[]): Promise<Executed> {
    const query = new URLSearchParams({ container: "main", stdout: "true", stderr: "true" });
    for (const word of command) query.append("command", word);
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod}/exec?${query}`;
    const socket = await this.client.upgrade(path, ["v5.channel.k8s.io"]);
    const channels: Buffer[][] = [[], [], [], []];
    try {
      for await (const message of socket.messages()) channels[(message as Buffer)[0] ?? 0]?.push((message as Buffer).subarray(1));
    } finally {
      socket.close();
    }
    const [, stdout, stderr, end] = channels.map((chunks) => Buffer.concat(chunks).toString());
    return { code: exitCode(JSON.parse(end || "{}")), stdout: stdout ?? "", stderr: stderr ?? "" };
  }

  /** What a shell script prints in the pod's container `main`; fails when the script fails. */
  async sh(pod: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.exec(pod, "sh", "-c", script);
    if (code !== 0) throw new Error(`in ${pod}: ${script}\nended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }
}

function exitCode(status: Partial<Status>): number {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((c) => c.reason === "ExitCode")?.message;
  if (cause === undefined) throw new Error(`the command could not be run: ${JSON.stringify(status)}`);
  return Number(cause);
}
