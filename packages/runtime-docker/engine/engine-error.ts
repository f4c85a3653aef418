/** The engine answered, and said no. */
export class EngineError extends Error {
  override name = "EngineError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the engine answered with this HTTP status. 304 = it is so already. */
export function hasStatus(error: unknown, ...status: number[]): boolean {
  return error instanceof EngineError && status.includes(error.status);
}

/** What docker-modem puts around the engine's own words. */
const WRAPPED = /^\(HTTP code \d+\) .*? - (.*) $/s;

/** docker-modem's error for a refusal, as an EngineError with the engine's own words; undefined for other errors. */
export function refusalOf(error: unknown): EngineError | undefined {
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") return undefined;
  const words = WRAPPED.exec(error.message)?.[1]?.trim();
  return new EngineError(error.statusCode, words || `HTTP ${error.statusCode}`);
}
