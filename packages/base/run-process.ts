import type { Logger } from "./logger.ts";
import { reportReadiness } from "./readiness.ts";

/**
 * Runs a long-lived program: `main` resolves when it serves, and gives what stops it. SIGTERM and SIGINT stop it in order, a second one at once; one that comes while
 * it starts aborts the signal, and stops it as soon as `main` has come to an end. A failure to start is logged, reported to whoever waits for readiness, and ends the
 * process with exit code 1; so does an error that nobody handled.
 */
export async function runProcess(log: Logger, main: (signal: AbortSignal) => Promise<() => Promise<void>>): Promise<void> {
  const controller = new AbortController();
  const fail = (error: unknown) => {
    log.error("ended by an error", { error });
    reportReadiness({ error: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  const started = Promise.withResolvers<() => Promise<void>>();
  const end = async (name: string) => {
    if (controller.signal.aborted) process.exit(1);
    log.info("stopping", { signal: name });
    controller.abort(new Error(`stopped by ${name}`));
    const stop = await started.promise.catch(() => undefined);
    await stop?.();
    process.exit(0);
  };
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => void end(name).catch(fail));
  try {
    const stop = await main(controller.signal);
    reportReadiness(controller.signal.aborted ? { error: (controller.signal.reason as Error).message } : { ready: true });
    started.resolve(stop);
  } catch (error) {
    if (!controller.signal.aborted) fail(error);
    reportReadiness({ error: (controller.signal.reason as Error).message });
    started.reject(error);
  }
}
