import type { ApiObject } from "@wherry/machinery";
import { deepCopy } from "@wherry/machinery/deep-copy.ts";
import { UsageError } from "../../errors.ts";
import type { DebugOptions } from "../debug.ts";
import type { Profile } from "./profiles.ts";

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

/** A pod on a node, which sees of it what the profile lets it: with its root at /host. */
export function nodeDebugPod(name: string, node: string, container: DebugContainer, namespace: string, { node: of }: Profile): object {
  const spec = {
    containers: [{ ...container, ...(of.files && { volumeMounts: [{ mountPath: "/host", name: "host-root" }] }) }],
    ...(of.namespaces && { hostIPC: true, hostNetwork: true, hostPID: true }),
    nodeName: node,
    restartPolicy: "Never",
    tolerations: [{ operator: "Exists" }],
    ...(of.files && { volumes: [{ name: "host-root", hostPath: { path: "/" } }] }),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec,
  };
}

interface Copied extends DebugContainer {
  livenessProbe?: unknown;
  readinessProbe?: unknown;
  startupProbe?: unknown;
}

/**
 * A pod like another one, with the container beside the others, or in the place of that of the same name. Where only images change, all else stays.
 */
export function podCopy(
  { metadata, spec }: ApiObject & { spec: Record<string, unknown> },
  container: DebugContainer | undefined,
  options: DebugOptions,
  { shapesCopy }: Profile,
): object {
  const copy = deepCopy(spec);
  const shaped = shapesCopy && container !== undefined;
  const containers = (copy.containers as Copied[]).map((one) => (shaped ? withoutProbes(one, options) : one));
  copy.containers = withImages(
    container ? withDebugger(containers, shaped ? withoutProbes(container, options) : container) : containers,
    options.setImage ?? [],
  );
  copy.ephemeralContainers = undefined;
  if (!options.sameNode) copy.nodeName = undefined;
  if (shaped && !options.keepInitContainers) copy.initContainers = undefined;
  const share = options.shareProcesses ?? (shaped ? true : undefined);
  if (share !== undefined) copy.shareProcessNamespace = share;
  const kept = {
    ...((shaped ? options.keepLabels : !container) && { labels: metadata.labels }),
    ...((!shaped || options.keepAnnotations) && { annotations: metadata.annotations }),
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

function withDebugger(containers: readonly Copied[], container: DebugContainer): Copied[] {
  if (!containers.some(({ name }) => name === container.name)) return [...containers, container];
  return containers.map((one) => (one.name === container.name ? container : one));
}

function withImages(containers: readonly Copied[], images: readonly string[]): Copied[] {
  const byName = new Map(images.flatMap((text) => text.split(",")).map((text) => text.split("=") as [string, string]));
  return containers.map((one) => ({ ...one, image: byName.get(one.name) ?? byName.get("*") ?? one.image }));
}
