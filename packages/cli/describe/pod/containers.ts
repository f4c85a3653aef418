import type { Container, ContainerState, ContainerStatus, Pod, SeccompProfile } from "@wherry/api";
import { Quantity } from "@wherry/machinery";
import { type Description, sortedKeys } from "../description.ts";
import { longTime } from "../time.ts";
import { addEnvironment } from "./environment.ts";
import { probeText } from "./probe.ts";

/** Containers under a title; with their states, and their environment as far as it comes from the pod, where there is one. `space` is the indent of the title. */
export function addContainers(
  d: Description,
  title: string,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[] = [],
  pod?: Pod,
  space = "",
): void {
  d.line(0, `${space}${title}:${containers.length ? "" : " <none>"}`);
  for (const container of containers) {
    const status = statuses.find((s) => s.name === container.name);
    d.line(1, `${space && " "}${container.name}:`);
    addBasics(d, container, status);
    addWords(d, "Command", container.command);
    addWords(d, "Args", container.args);
    if (status) addState(d, status);
    addAmounts(d, 2, "Limits", container.resources?.limits);
    addAmounts(d, 2, "Requests", container.resources?.requests);
    addProbes(d, container);
    addEnvironment(d, container, pod);
    addMounts(d, container);
  }
}

function addBasics(d: Description, container: Container, status: ContainerStatus | undefined): void {
  if (status) d.line(2, "Container ID:", status.containerID ?? "");
  d.line(2, "Image:", container.image ?? "");
  if (status) d.line(2, "Image ID:", status.imageID ?? "");
  addPorts(d, "Port", container, (p) => p.containerPort);
  addPorts(d, "Host Port", container, (p) => p.hostPort ?? 0);
  addSeccompProfile(d, 2, 3, container.securityContext?.seccompProfile);
}

/** The profile on one level, the file of a local one on another. */
export function addSeccompProfile(d: Description, level: number, fileLevel: number, profile: SeccompProfile | undefined): void {
  if (!profile) return;
  d.line(level, "SeccompProfile:", profile.type);
  if (profile.type === "Localhost") d.line(fileLevel, "LocalhostProfile:", profile.localhostProfile ?? "");
}

type Port = NonNullable<Container["ports"]>[number];

function addPorts(d: Description, title: string, { ports = [] }: Container, number: (port: Port) => number): void {
  const texts = ports.map((p) => `${number(p)}/${p.protocol ?? ""}`);
  d.line(2, `${title}${texts.length > 1 ? "s" : ""}:`, texts.join(", ") || "<none>");
}

function addWords(d: Description, title: string, words: readonly string[] = []): void {
  if (words.length) d.line(2, `${title}:`);
  for (const line of words.flatMap((word) => word.split("\n"))) d.line(3, line);
}

/** Amounts by resource, under a title unless there are none. */
export function addAmounts(d: Description, level: number, title: string, amounts: Readonly<Record<string, string>> | undefined): void {
  const names = sortedKeys(amounts);
  if (names.length) d.line(level, `${title}:`);
  for (const name of names) d.line(level + 1, `${name}:`, quantityText(amounts?.[name]));
}

/** An amount in canonical form; none is 0. */
export const quantityText = (amount: string | undefined): string => (amount === undefined ? "0" : Quantity.parse(amount).toString());

function addState(d: Description, { state, lastState, ready, restartCount }: ContainerStatus): void {
  addOneState(d, "State", state ?? {});
  if (lastState?.terminated) addOneState(d, "Last State", lastState);
  d.line(2, "Ready:", ready ? "True" : "False");
  d.line(2, "Restart Count:", String(restartCount));
}

function addOneState(d: Description, title: string, { running, waiting, terminated }: ContainerState): void {
  d.line(2, `${title}:`, running ? "Running" : terminated && !waiting ? "Terminated" : "Waiting");
  if (running) {
    d.line(3, "Started:", longTime(running.startedAt));
    return;
  }
  const reason = waiting ? waiting.reason : terminated?.reason;
  if (reason) d.line(3, "Reason:", reason);
  if (waiting || !terminated) return;
  if (terminated.message) d.line(3, "Message:", terminated.message);
  d.line(3, "Exit Code:", String(terminated.exitCode));
  if ((terminated.signal ?? 0) > 0) d.line(3, "Signal:", String(terminated.signal));
  d.line(3, "Started:", longTime(terminated.startedAt));
  d.line(3, "Finished:", longTime(terminated.finishedAt));
}

function addProbes(d: Description, container: Container): void {
  for (const [title, probe] of [
    ["Liveness", container.livenessProbe],
    ["Readiness", container.readinessProbe],
    ["Startup", container.startupProbe],
  ] as const) {
    if (probe) d.line(2, `${title}:`, probeText(probe));
  }
}

function addMounts(d: Description, { volumeMounts = [], volumeDevices = [] }: Container): void {
  d.line(2, "Mounts:", ...(volumeMounts.length ? [] : ["<none>"]));
  for (const mount of volumeMounts.toSorted((a, b) => (a.mountPath < b.mountPath ? -1 : 1))) {
    const path = mount.subPath ? `,path=${JSON.stringify(mount.subPath)}` : "";
    d.line(3, `${mount.mountPath} from ${mount.name} (${mount.readOnly ? "ro" : "rw"}${path})`);
  }
  if (volumeDevices.length) d.line(2, "Devices:", ...(volumeMounts.length ? [] : ["<none>"]));
  for (const device of volumeDevices.toSorted((a, b) => (a.devicePath < b.devicePath ? -1 : 1)))
    d.line(3, `${device.devicePath} from ${device.name}`);
}
