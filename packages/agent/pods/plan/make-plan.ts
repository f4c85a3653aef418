import { isRestartableInit } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { endOf, mayRestart, planContainers } from "./containers.ts";
import { Draft } from "./draft.ts";
import { planInitContainers } from "./init-containers.ts";
import type { KillAction, PlanInput, PodPlan } from "./pod-plan.ts";

/** The next steps for a pod that is to run. Pure. Source: kubelet computePodActions. */
export function makePlan(input: PlanInput): PodPlan {
  const draft = new Draft(input);
  if (input.sandbox === undefined) return withoutSandbox(draft);
  const strays = runningElsewhere(input);
  if (strays.length) return finish(draft, { kills: strays.map(sandboxGone) });
  const initialization = planInitContainers(draft);
  if (initialization === "under way") return finish(draft, {});
  const doing = initialization === "failed" ? [] : planContainers(draft);
  const over = doing.every((d) => d === "succeeded" || d === "failed") && input.starting.size === 0;
  return over ? finish(new Draft(input), { kills: allRunning(input).map(noLongerNeeded), over }) : finish(draft, {});
}

/** The sandbox died, or never was: what may run again gets a new one, and starts from the beginning. */
function withoutSandbox(draft: Draft): PodPlan {
  const { input } = draft;
  const kills = allRunning(input).map(sandboxGone);
  if (kills.length) return finish(draft, { kills });
  const wanted = input.pod.spec?.containers.some(({ name }) => {
    const outcome = endOf(draft, name);
    return outcome === undefined || mayRestart(draft, outcome);
  });
  return finish(draft, wanted && !hasFailedInit(draft) ? { needsSandbox: true } : { over: true });
}

function hasFailedInit(draft: Draft): boolean {
  const { restartPolicy, initContainers = [] } = draft.input.pod.spec ?? {};
  return restartPolicy === "Never" && initContainers.some((c) => !isRestartableInit(c) && endOf(draft, c.name) === "failed");
}

function finish(draft: Draft, rest: { kills?: KillAction[]; needsSandbox?: boolean; over?: boolean }): PodPlan {
  return {
    starts: draft.starts,
    kills: rest.kills ?? draft.kills,
    needsSandbox: rest.needsSandbox ?? false,
    waiting: draft.waiting,
    wakeAt: draft.wakeAt,
    over: rest.over ?? false,
  };
}

const allRunning = ({ attempts }: PlanInput): EngineContainer[] => [...attempts.values()].flat().filter((c) => c.state === "running");

/** Containers that run in a sandbox that is not the pod's any more. */
const runningElsewhere = (input: PlanInput): EngineContainer[] => allRunning(input).filter((c) => c.sandbox !== input.sandbox);

const sandboxGone = (running: EngineContainer): KillAction => ({ running, why: "sandbox", message: `Stopping container ${running.name}` });
const noLongerNeeded = (running: EngineContainer): KillAction => ({ running, why: "over", message: `Stopping container ${running.name}` });
