/** What the error stream says of how a process ended. */
export interface Outcome {
  /** A Status, for clients that know what it is. */
  status: object;
  /** The same for all others; empty when all went well. */
  text: string;
}

export const success: Outcome = { status: { metadata: {}, status: "Success" }, text: "" };

/** A process that ended by itself. */
export function exited(exitCode: number): Outcome {
  if (exitCode === 0) return success;
  const text = `command terminated with non-zero exit code: exit status ${exitCode}`;
  const details = { causes: [{ reason: "ExitCode", message: String(exitCode) }] };
  return { status: { metadata: {}, status: "Failure", message: text, reason: "NonZeroExitCode", details }, text };
}

/** Why there was no process to speak to. */
export function failed(error: Error): Outcome {
  const text = `Internal error occurred: ${error.message}`;
  const details = { causes: [{ message: error.message }] };
  return { status: { metadata: {}, status: "Failure", message: text, reason: "InternalError", details, code: 500 }, text };
}
