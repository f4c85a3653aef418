import { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { labelSelectorFrom, type MetaLabelSelector } from "@wherry/machinery/label-selector.ts";
import type { Connection } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { definitionOf, type Resource } from "./resource-catalogue.ts";
import { typeAndName } from "./targets.ts";
import { parseDuration } from "./wait-for.ts";

/**
 * The pod that `web-1`, `pod/web-1` or `deployment/web` means: of a workload or a service, its newest running one. Where there is none yet, one is waited for as long
 * as `timeout` says. Source: kubectl pkg/polymorphichelpers/attachablepodforobject.go.
 */
export async function podOf(connection: Connection, word: string, timeout = "0s"): Promise<Pod> {
  const { namespace, client } = connection;
  if (!word.includes("/")) return client.get(Pod, { name: word, namespace });
  const [resource, name] = await typeAndName(connection, word);
  if (resource.name === "pods" && resource.group === "") return client.get(Pod, { name, namespace });
  const labelSelector = await podSelector(connection, resource, name);
  const { items, metadata } = await client.list(Pod, { namespace, labelSelector });
  return (
    newest(items) ??
    (await firstPod(connection, labelSelector, metadata.resourceVersion ?? "", parseDuration(timeout, "--pod-running-timeout"), word))
  );
}

/** The pods of a workload or a service, as a selector in a query. Throws a UsageError when it can have none. */
export async function podSelector({ client, namespace }: Connection, resource: Resource, name: string): Promise<string> {
  const owner = (await client.get(definitionOf(resource), { name, namespace })) as ApiObject & { spec?: { selector?: object } };
  const selector = selectorText(owner.spec?.selector);
  if (!selector) throw new UsageError(`a ${resource.kind} has no pods to select: name a pod`);
  return selector;
}

function newest(pods: readonly Pod[]): Pod | undefined {
  return pods.toSorted((a, b) => rank(b) - rank(a) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0];
}

const rank = (pod: Pod) => (pod.status?.phase === "Running" ? 2 : pod.status?.phase === "Pending" ? 0 : 1);

async function firstPod(
  { client, namespace }: Connection,
  labelSelector: string,
  resourceVersion: string,
  timeoutMs: number,
  word: string,
): Promise<Pod> {
  const none = () => new UsageError(`${word} has no pods`);
  if (timeoutMs <= 0) throw none();
  for await (const event of client.watch(Pod, { namespace, labelSelector, resourceVersion }, AbortSignal.timeout(timeoutMs))) {
    if (event.type === "ADDED" || event.type === "MODIFIED") return event.object;
  }
  throw none();
}

/** A selector as a query takes it: of a workload (`matchLabels`, `matchExpressions`) or of a service (the labels themselves). */
function selectorText(selector: MetaLabelSelector | Record<string, string> = {}): string {
  const structured = "matchLabels" in selector || "matchExpressions" in selector;
  return labelSelectorFrom(structured ? (selector as MetaLabelSelector) : { matchLabels: selector as Record<string, string> }).toString();
}

/** The annotated container, else the first; which one is said when there are several. Source: kubectl pkg/cmd/util/podcmd/podcmd.go. */
export function defaultContainer(pod: Pod, quiet = false): string {
  const names = pod.spec.containers.map((c) => c.name);
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  if (annotated && names.includes(annotated)) return annotated;
  const all = containerNames(pod);
  if (all.length > 1 && !quiet) process.stderr.write(`Defaulted container "${names[0]}" out of: ${all.join(", ")}\n`);
  return names[0] as string;
}

/** Every container of a pod, those that are none of its own marked. */
function containerNames({ spec }: Pod): string[] {
  const marked = (containers: readonly { name: string }[] | undefined, mark: string) =>
    (containers ?? []).map((c) => `${c.name} (${mark})`);
  return [...spec.containers.map((c) => c.name), ...marked(spec.initContainers, "init"), ...marked(spec.ephemeralContainers, "ephem")];
}
