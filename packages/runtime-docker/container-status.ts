import type { ContainerStatus, Sandbox } from "@wherry/runtime";
import type { ContainerInspectInfo } from "dockerode";
import { LABEL, podOfSandboxName } from "./naming.ts";

type State = ContainerInspectInfo["State"];

/** Reads a sandbox from what the engine tells about its container. */
export function sandboxStatus(info: ContainerInspectInfo): Sandbox {
  const running = info.State.Running && info.State.Pid > 0;
  return {
    id: info.Id,
    pod: podOfSandboxName(info.Name),
    pid: running ? info.State.Pid : 0,
    running,
    createdAt: milliseconds(info.Created) ?? 0,
  };
}

/** Reads a container; `imageRef` comes from its image, `report` is what its NameWaiter said, empty when nothing. */
export function containerStatus(info: ContainerInspectInfo, imageRef: string, report: string): ContainerStatus {
  const labels = info.Config.Labels;
  const error = report || (info.State.Running || milliseconds(info.State.StartedAt) ? "" : info.State.Error);
  return {
    id: info.Id,
    pod: { namespace: labels[LABEL.podNamespace] ?? "", name: labels[LABEL.podName] ?? "", uid: labels[LABEL.podUid] ?? "" },
    name: labels[LABEL.container] ?? "",
    attempt: Number(labels[LABEL.attempt] ?? 0),
    sandbox: labels[LABEL.sandbox] ?? "host",
    imageId: info.Image,
    imageRef,
    annotations: parseAnnotations(labels[LABEL.annotations]),
    createdAt: milliseconds(info.Created) ?? 0,
    ...stateOf(info.State, error),
    ...(error && { error: startMessage(error), finishedAt: milliseconds(info.State.FinishedAt) ?? milliseconds(info.Created) ?? 0 }),
  };
}

/** A container whose process never began has an error, and no start. */
function stateOf(
  state: State,
  error: string,
): Pick<ContainerStatus, "state" | "pid" | "exitCode" | "oomKilled" | "startedAt" | "finishedAt"> {
  const startedAt = error ? undefined : milliseconds(state.StartedAt);
  const started = startedAt !== undefined && { startedAt };
  if (state.Running) return { state: "running", pid: state.Pid, ...started };
  if (state.Status === "created" && !error) return { state: "created", pid: 0 };
  const finishedAt = milliseconds(state.FinishedAt);
  const ended = { exitCode: state.ExitCode, oomKilled: state.OOMKilled, ...(finishedAt !== undefined && { finishedAt }) };
  return { state: "exited", pid: 0, ...ended, ...started };
}

/**
 * The part of the engine's message that says what is wrong: `OCI runtime create failed: ... exec: "foo": executable file not found in $PATH: unknown`
 * begins with where it went wrong and ends with an error class.
 */
export function startMessage(message: string): string {
  const [whole] = /exec: ".*/s.exec(message) ?? [message];
  return whole.replace(/: unknown$/, "").trim();
}

/** The exit code that a shell would give. Source: moby daemon/start_unix.go and errors.go (translateContainerdStartErr). */
export function startExitCode(message: string): number {
  if (/executable file not found|no such file or directory|system cannot find the file/i.test(message)) return 127;
  if (/permission denied|not a directory|is a directory/i.test(message)) return 126;
  return 128;
}

function parseAnnotations(label: string | undefined): Record<string, string> {
  try {
    return JSON.parse(label ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

/** Docker writes a time that has not come as the year 1. */
export function milliseconds(time: string | undefined): number | undefined {
  const ms = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}
