import { StatusError } from "@wherry/base/status-error.ts";
import { NoAnswerError } from "@wherry/client/no-answer-error.ts";
import { UsageError } from "./errors.ts";

/** A failure in words for a person: kubectl's own where it has them, and what to do next. Source: kubectl pkg/cmd/util/helpers.go. */
export function sentence(error: unknown): string {
  if (error instanceof StatusError) return ofStatus(error);
  if (error instanceof NoAnswerError) return ofSilence(error);
  if (error instanceof Error && error.name === "CredentialsError") return `Unable to connect to the server: ${error.message}`;
  if (error instanceof UsageError) return error.message.startsWith("Error from server") ? error.message : `error: ${error.message}`;
  if (error instanceof Error && !isDefect(error)) return `error: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const isDefect = (error: Error): boolean => error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;

function ofStatus(error: StatusError): string {
  const { code, reason, message } = error;
  if (code === 401) {
    return `error: You must be logged in to the server (${message})\nThe server does not know this user: choose another with --context or --user, or let \`wherry up\` write the kubeconfig anew.`;
  }
  if (reason === "Invalid") return ofInvalid(error);
  const text = `Error from server (${reason}): ${message}`;
  return code === 403 && reason === "Forbidden" && /cannot \w+ /.test(message)
    ? `${text}\nSee \`wherry auth can-i --list\` for what this user may do.`
    : text;
}

/** Several causes stand below one another. Source: kubectl `MultilineError`. */
function ofInvalid({ message, status: { details } }: StatusError): string {
  const causes = [...new Set((details?.causes ?? []).map((cause) => `${cause.field}: ${cause.message}`))];
  if (!details || causes.length < 2) return `The ${message}`;
  return [`The ${details.kind} ${JSON.stringify(details.name)} is invalid: `, ...causes.map((cause) => `* ${cause}`)].join("\n");
}

function ofSilence({ address, why, refused }: NoAnswerError): string {
  if (refused) {
    return `The connection to the server ${address} was refused - did you specify the right host or port?\nStart the cluster of this machine with \`wherry up\`, or choose another: \`wherry config get-contexts\` lists them.`;
  }
  const next = /certificate|issuer|self.signed/i.test(why)
    ? "The kubeconfig may be about a cluster that was made anew: let `wherry up` write it again, or see --certificate-authority."
    : /ENOTFOUND|EAI_AGAIN|getaddrinfo/.test(why)
      ? "Nobody knows that name: see --server, and `wherry config view` for the address of the cluster."
      : "See `wherry status` for the cluster of this machine, and `wherry config view` for the address that was tried.";
  return `Unable to connect to the server: ${address}: ${why}\n${next}`;
}
