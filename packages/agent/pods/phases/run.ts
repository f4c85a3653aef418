import { type Container, isRestartableInit } from "@wherry/api";
import { isAbort } from "@wherry/base";
import type { Image } from "@wherry/runtime";
import { containerHash } from "../../containers/container-hash.ts";
import { fieldPathOf, type LaunchPlace } from "../../containers/container-launcher.ts";
import { StartFailure } from "../../containers/start-failure.ts";
import { VolumeError } from "../../volumes/volume.ts";
import { followsObjects } from "../../volumes/volume-set.ts";
import { attemptsByName, outlived } from "../attempts.ts";
import type { PodInventory } from "../inventory.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { KillAction, PodPlan, StartAction } from "../plan/pod-plan.ts";
import type { PodState } from "../pod-state.ts";

type Peeks = Map<string, Promise<Image | undefined>>;

/** One step of a pod that is to run. Gives when to look again, in milliseconds since the epoch; undefined = when something changes. */
export async function runPod(state: PodState): Promise<number | undefined> {
  if (exceededDeadline(state)) return state.context.clock.now();
  const peeks: Peeks = new Map();
  let sandbox = await state.home.joinable(state.pod, inventoryOf(state).sandboxes);
  let plan = planOf(state, sandbox);
  if (plan.needsSandbox) peekFirstImages(state, peeks);
  await prepare(state, plan);
  if (plan.needsSandbox) {
    sandbox = await state.home.joinable(state.pod, inventoryOf(state).sandboxes);
    plan = planOf(state, sandbox);
  }
  for (const kill of plan.kills) killOne(state, kill);
  if (plan.over) state.over = true;
  else if (sandbox && state.home.volumes && state.objects.known) launch(state, plan.starts, sandbox, peeks);
  tidy(state);
  tellBackOffs(state, plan);
  const inventory = inventoryOf(state);
  state.keepProbes(inventory.containers);
  state.report(inventory, plan.waiting);
  return plan.over ? state.context.clock.now() : earliest(plan.wakeAt, state.notes.changesAt, deadlineOf(state), refreshOf(state));
}

const inventoryOf = (state: PodState): PodInventory => state.context.inventory.pod(state.pod.metadata.uid);

function planOf(state: PodState, sandbox: string | undefined): PodPlan {
  return makePlan({
    pod: state.pod,
    now: state.context.clock.now(),
    sandbox,
    attempts: attemptsByName(inventoryOf(state).containers),
    starting: new Set(state.starting.keys()),
    notBefore: state.notes.notBefore,
    health: (c) => state.probes.health(c),
    started: (c) => state.probes.started(c),
    hashOf: containerHash,
  });
}

/** A sandbox, if the pod has none, and its volumes, side by side. When one of them fails, the pod's status is told all the same. */
async function prepare(state: PodState, plan: PodPlan): Promise<void> {
  const sandbox = plan.needsSandbox && state.home.takeSandbox(state.pod, inventoryOf(state).sandboxes).catch(sandboxFailed(state));
  // Each to its end: a sandbox that is on its way when the volumes fail would else be taken a second time.
  const results = await Promise.allSettled([sandbox, freshVolumes(state)]);
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return;
  state.report(inventoryOf(state), plan.waiting);
  throw failed.reason;
}

/** What is started first, so that its image is looked for while the sandbox is prepared. */
function peekFirstImages(state: PodState, peeks: Peeks): void {
  const { initContainers = [], containers = [] } = state.pod.spec ?? {};
  const first = initContainers.length ? initContainers.slice(0, 1) : containers;
  for (const container of first) peeks.set(container.name, state.context.images.peek(container));
}

async function freshVolumes(state: PodState): Promise<void> {
  if (isDue(state.home.refreshAt, state)) state.volumesStale = true;
  if (!state.volumesStale || !state.objects.known) return;
  if (state.home.volumes && !state.pod.spec?.volumes?.some(followsObjects)) return;
  state.volumesStale = false;
  try {
    await state.home.setUpVolumes(state.pod, state.wake);
  } catch (error) {
    state.volumesStale = true;
    if (!(error instanceof VolumeError)) throw error;
    state.event("Warning", "FailedMount", error.message);
    throw error;
  }
}

const isDue = (time: number | undefined, { context }: PodState): boolean => time !== undefined && time <= context.clock.now();

/** When volumes have to be looked at next. Those that are due now wait for objects, and these wake the pod. */
const refreshOf = (state: PodState): number | undefined => (isDue(state.home.refreshAt, state) ? undefined : state.home.refreshAt);

function sandboxFailed(state: PodState): (error: Error) => never {
  return (error) => {
    state.event("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${error.message}`);
    throw error;
  };
}

/** Images and creation overlap; starts follow the order of the spec, and one that fails does not keep the next from starting. */
function launch(state: PodState, starts: readonly StartAction[], sandbox: string, peeks: Peeks): void {
  if (starts.length) state.home.writeFiles(state.pod);
  let before: Promise<void> = Promise.resolve();
  for (const action of starts) {
    const { container, attempt } = action;
    const image = peeks.get(container.name) ?? state.context.images.peek(container);
    const place: LaunchPlace = { pod: state.pod, home: state.home, objects: state.objects, sandbox, image, signal: state.ending.signal };
    state.starting.set(container.name, attempt);
    const created = state.launcher.create(action, place);
    const turn = before;
    before = Promise.allSettled([created, turn])
      .then(async ([creation]) => {
        if (creation.status === "rejected") throw creation.reason;
        await state.launcher.start(creation.value, action, place);
        state.notes.delete(container.name);
      })
      .catch((error: Error) => startFailed(state, container, error))
      .finally(() => {
        state.starting.delete(container.name);
        state.wake();
      });
  }
}

function startFailed(state: PodState, container: Container, error: Error): void {
  if (isAbort(error, state.ending.signal) || state.ending.signal.aborted) return;
  const failure = error instanceof StartFailure ? error : new StartFailure("RunContainerError", error.message, 10_000);
  state.notes.set(container.name, failure);
  const { name: pod, namespace } = state.pod.metadata;
  const facts = { pod: `${namespace}/${pod}`, container: container.name, reason: failure.reason, why: failure.message };
  state.context.log.info("a container could not be started", facts);
}

function killOne(state: PodState, { running, message, why }: KillAction): void {
  const container = state.specOf(running.name);
  const probe = why === "liveness" ? container?.livenessProbe : why === "startup" ? container?.startupProbe : undefined;
  // Sidecars go one by one once the pod is over: the phase after this one does that.
  if (why === "over" && container && isRestartableInit(container)) return;
  state.kill(running, message, probe?.terminationGracePeriodSeconds ?? state.pod.spec.terminationGracePeriodSeconds ?? 30);
}

/** Removes starts that nobody will ask for again. */
function tidy(state: PodState): void {
  const { runtime, inventory, log, background } = state.context;
  for (const { id, name } of outlived(inventoryOf(state).containers)) {
    inventory.noteGone(id);
    background(() => runtime.removeContainer(id)).catch((error: Error) =>
      log.warn("an old container could not be removed", { container: name, error }),
    );
  }
}

/** Says once for each back-off that it has begun. */
function tellBackOffs(state: PodState, plan: PodPlan): void {
  for (const { name, waiting } of state.notes.takeBackedOff()) {
    const fieldPath = fieldPathOf(state.pod, name);
    state.event("Normal", "BackOff", waiting.message ?? "", fieldPath);
    state.event("Warning", "Failed", `Error: ${waiting.reason}`, fieldPath);
  }
  const { name: pod, namespace, uid } = state.pod.metadata;
  for (const name of state.newCrashLoops(plan.waiting))
    state.event(
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${name} in pod ${pod}_${namespace}(${uid})`,
      fieldPathOf(state.pod, name),
    );
}

function exceededDeadline(state: PodState): boolean {
  const deadline = deadlineOf(state);
  if (deadline === undefined || state.context.clock.now() < deadline) return false;
  state.failure = { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
  state.event("Normal", "DeadlineExceeded", state.failure.message);
  return true;
}

function deadlineOf({ pod, startedAt }: PodState): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  return seconds === undefined ? undefined : startedAt + seconds * 1000;
}

function earliest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length ? Math.min(...known) : undefined;
}
