/** What one try of a probe gave. `unknown` = the try itself went wrong and says nothing about the container. */
export interface Outcome {
  result: "success" | "failure" | "unknown";
  /** What went wrong, in the words of the event. */
  output: string;
}

export const success: Outcome = { result: "success", output: "" };
export const failed = (output: string): Outcome => ({ result: "failure", output });
export const unknown = (output: string): Outcome => ({ result: "unknown", output });

/** Source: kubelet probe executors keep this much of a body. */
export const MAX_OUTPUT = 10 * 1024;
