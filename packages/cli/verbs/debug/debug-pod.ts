import type { ApiObject } from "@wherry/machinery";
import { deepCopy } from "@wherry/machinery/deep-copy.ts";
import { UsageError } from "../../errors.ts";
import type { DebugOptions } from "../debug.ts";

/** The container that one looks around with. */
export interface DebugContainer {
  name: string;
  image?: string;
  [field: string]: unknown;
}

/** As the words and flags describe it. Source: kubectl pkg/cmd/debug/debug.go. */
export function debugContainer(words: readonly string[], options: DebugOptions, name: string): DebugContainer {
  const env = options.env?.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) throw new UsageError(`invalid env: ${text}`);
    return { name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
  return {
    name,
    ...(options.image && { image: options.image }),
    ...(options.imagePullPolicy && { imagePullPolicy: options.imagePullPolicy }),
    ...(env && { env }),
    ...(words.length > 0 && { [options.argumentsOnly ? "args" : "command"]: [...words] }),
    ...(options.stdin && { stdin: true }),
    ...(options.tty && { tty: true }),
    terminationMessagePolicy: "File",
  };
}

/** A pod that sees all of its node, whose root is at /host. */
export function nodeDebugPod(name: string, node: string, container: DebugContainer, namespace: string): object {
  const mounted = { ...container, volumeMounts: [{ mountPath: "/host", name: "host-root" }] };
  const spec = {
    containers: [mounted],
    ...{ hostIPC: true, hostNetwork: true, hostPID: true },
    nodeName: node,
    restartPolicy: "Never",
    tolerations: [{ operator: "Exists" }],
    volumes: [{ name: "host-root", hostPath: { path: "/" } }],
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "kubectl-debug" } },
    spec,
  };
}

interface Copied extends DebugContainer {
  livenessProbe?: unknown;
  readinessProbe?: unknown;
  startupProbe?: unknown;
}

/** A pod like another one, with the container beside the others, or in the place of that of the same name. */
export function podCopy(
  { metadata, spec }: ApiObject & { spec: Record<string, unknown> },
  container: DebugContainer,
  options: DebugOptions,
): object {
  const copy = deepCopy(spec);
  const containers = (copy.containers as Copied[]).map((one) => withoutProbes(one, options));
  copy.containers = withImages(withDebugger(containers, container, options), options.setImage ?? []);
  copy.ephemeralContainers = undefined;
  if (!options.sameNode) copy.nodeName = undefined;
  if (!options.keepInitContainers) copy.initContainers = undefined;
  if (options.shareProcesses) copy.shareProcessNamespace = true;
  const kept = {
    ...(options.keepLabels && { labels: metadata.labels }),
    ...(options.keepAnnotations && { annotations: metadata.annotations }),
  };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: options.copyTo, namespace: metadata.namespace, ...kept }, spec: copy };
}

function withoutProbes(container: Copied, options: DebugOptions): Copied {
  const { livenessProbe, readinessProbe, startupProbe, ...rest } = container;
  return {
    ...rest,
    ...(options.keepLiveness && livenessProbe ? { livenessProbe } : {}),
    ...(options.keepReadiness && readinessProbe ? { readinessProbe } : {}),
    ...(options.keepStartup && startupProbe ? { startupProbe } : {}),
  };
}

function withDebugger(containers: readonly Copied[], container: DebugContainer, { image }: DebugOptions): Copied[] {
  if (containers.some(({ name }) => name === container.name))
    return containers.map((one) => (one.name === container.name ? { ...one, ...container } : one));
  return image ? [...containers, container] : [...containers];
}

function withImages(containers: readonly Copied[], images: readonly string[]): Copied[] {
  const byName = new Map(images.flatMap((text) => text.split(",")).map((text) => text.split("=") as [string, string]));
  return containers.map((one) => ({ ...one, image: byName.get(one.name) ?? byName.get("*") ?? one.image }));
}
