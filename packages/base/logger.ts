import pino from "pino";

/** Structured logging: a sentence, and the facts beside it. */
export interface Logger {
  debug(message: string, facts?: object): void;
  info(message: string, facts?: object): void;
  warn(message: string, facts?: object): void;
  /** `facts.error` may be an Error: its stack is kept. */
  error(message: string, facts?: object): void;
  /** A logger that adds `facts` to every line. */
  child(facts: object): Logger;
}

/** What is kept for later, in bytes, while nothing can be written. */
const BACKLOG = 1 << 20;

/**
 * JSON lines on standard error; synchronous, so that the last words of a dying process are kept. Never throws: what cannot be written, such as to a full disk, is written
 * with a later line; of what waits, a megabyte is kept.
 */
export function createLogger(level: "debug" | "info" | "warn" | "error" = "info"): Logger {
  const options = { level, base: null, serializers: { error: pino.stdSerializers.err }, timestamp: pino.stdTimeFunctions.isoTime };
  const destination = pino.destination({ dest: 2, sync: true, maxLength: BACKLOG });
  destination.on("error", () => {});
  return wrap(pino(options, destination));
}

function wrap(log: pino.Logger): Logger {
  return {
    debug: (message, facts) => log.debug(facts ?? {}, message),
    info: (message, facts) => log.info(facts ?? {}, message),
    warn: (message, facts) => log.warn(facts ?? {}, message),
    error: (message, facts) => log.error(facts ?? {}, message),
    child: (facts) => wrap(log.child(facts)),
  };
}

/** Drops everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
