import { failure, type Status, StatusError } from "@wherry/base";
import type { TransportResponse } from "./transport.ts";

/** The whole body as text. */
export async function readText(response: TransportResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return (chunks.length === 1 ? Buffer.from(chunks[0] as Uint8Array) : Buffer.concat(chunks)).toString("utf8");
}

/** The body as JSON; a failed status, or a body that is no JSON, is thrown as a StatusError. */
export async function readJson(response: TransportResponse): Promise<unknown> {
  if (!isSuccess(response)) throw await statusErrorOf(response);
  const text = await readText(response);
  try {
    return JSON.parse(text);
  } catch {
    throw failure(500, "InternalError", `the server answered ${response.status} with a body that is not JSON: ${excerpt(text)}`);
  }
}

export function isSuccess(response: TransportResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

/** The failure that a response with a failed status stands for: its `Status` body, or one made from the code when there is none. */
export async function statusErrorOf(response: TransportResponse): Promise<StatusError> {
  const text = await readText(response);
  const status = parseStatus(text);
  if (status) return new StatusError({ code: response.status, ...status });
  const reason = REASONS[response.status] ?? (response.status >= 500 ? "InternalError" : "Unknown");
  return failure(response.status, reason, `the server answered ${response.status}: ${excerpt(text) || reason}`);
}

function parseStatus(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as Status | null;
    return value !== null && typeof value === "object" && value.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

const excerpt = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text).trim();

// Source: apimachinery pkg/api/errors, NewGenericServerResponse.
const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};
