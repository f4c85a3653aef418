import { type Clock, hasReason, type Logger } from "@wherry/base";
import { type Client, InformerFactory } from "@wherry/client";
import type { Controller } from "./controller.ts";
import { type ControllerMetrics, ControllerRunner } from "./controller-runner.ts";
import { createEventRecorder, type FlushableEventRecorder } from "./event-recorder.ts";
import { whenCurrent } from "./when-current.ts";

export interface RunControllersOptions {
  controllers: readonly Controller[];
  client: Client;
  clock: Clock;
  log: Logger;
  /** Stops them: no reconcile starts after this. */
  signal: AbortSignal;
  /** Who the Events come from, such as `controller-manager`. */
  component: string;
  /** Informers to share with others; its own when absent. */
  informers?: InformerFactory;
}

export interface RunningControllers {
  /**
   * Resolves when nothing is left to do: every cache holds what the server holds, every queue is empty and the Events are written. What waits for its time does not
   * count, so a test steps its clock and then waits for `idle` again.
   */
  idle(): Promise<void>;
  /** What each controller has done so far, by its name. */
  metrics(): Readonly<Record<string, ControllerMetrics>>;
}

/** Runs controllers over shared informers. Resolves when all caches are filled and the workers have started. */
export async function runControllers(options: RunControllersOptions): Promise<RunningControllers> {
  const { controllers, client, clock, log, signal, component } = options;
  const informers = options.informers ?? new InformerFactory({ client, clock, log, signal });
  const recorders = new Map<string, FlushableEventRecorder>();
  const recorderOf = ({ eventSource = component }: Controller) => {
    const recorder = recorders.get(eventSource) ?? createEventRecorder({ client, clock, component: eventSource, log, signal });
    recorders.set(eventSource, recorder);
    return recorder;
  };
  const parts = { client, clock, log, signal, informers };
  const runners = controllers.map((controller) => new ControllerRunner(controller, { ...parts, events: recorderOf(controller) }));
  await Promise.all(runners.map((runner) => runner.synced()));
  for (const runner of runners) runner.start();
  return {
    idle: async () => {
      await whenIdle(options, informers, runners);
      await Promise.all([...recorders.values()].map((events) => events.flushed()));
    },
    metrics: () => Object.fromEntries(runners.map((runner) => [runner.name, runner.metrics])),
  };
}

/** A pass in which no controller did anything, over caches that were current after it began, proves that nothing is left. */
async function whenIdle({ client }: RunControllersOptions, informers: InformerFactory, runners: ControllerRunner[]) {
  const kinds = () => new Set(runners.flatMap((runner) => runner.kinds));
  // What a reconcile wrote before it ended may not be in the caches yet: its end counts as well as its beginning.
  const work = () => runners.reduce((sum, runner) => sum + runner.activity, 0);
  let before: number;
  do {
    before = work();
    await Promise.all([...kinds()].map((kind) => whenCurrent(client, kind, informers.informer(kind)).catch(unlessGone)));
    await Promise.all(runners.map((runner) => runner.queueIdle()));
  } while (work() !== before);
}

/** A kind may have gone meanwhile: then nothing is left of it. */
function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
