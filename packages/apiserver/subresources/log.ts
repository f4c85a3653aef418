import { type FieldError, invalid } from "@wherry/machinery";
import { invalidObject } from "../errors.ts";
import { type ApiResponse, text } from "../exchange.ts";
import type { ResourceCall, RestContext } from "../rest/context.ts";
import { integer } from "../rest/options.ts";
import type { AgentLink } from "./agent-link.ts";
import { containerOf, containerPath, podOfCall } from "./pod-target.ts";

const PASSED = ["follow", "limitBytes", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps"];

/** Serves the log of a container, from its node's agent, at the pace of the reader. A pod without a node has an empty one. */
export function podLog(link: AgentLink) {
  return async (context: RestContext, call: ResourceCall): Promise<ApiResponse> => {
    const { query, signal } = call.request;
    checkOptions(query);
    const pod = await podOfCall(context, call);
    const container = containerOf(pod, query.get("container") ?? "");
    if (!pod.spec.nodeName) return text(200, "");
    const url = new URL(containerPath("containerLogs", pod, container), link.locate(pod.spec.nodeName));
    for (const name of PASSED) {
      const value = query.get(name);
      if (value) url.searchParams.set(name, value);
    }
    const log = await link.get(url, signal);
    const body: ApiResponse["body"] = async (sink) => {
      sink.signal.addEventListener("abort", () => log.destroy(), { once: true });
      for await (const chunk of log as AsyncIterable<Buffer>) {
        sink.write(chunk);
        await sink.drained();
        if (sink.signal.aborted) return;
      }
    };
    return { status: 200, headers: { "content-type": "text/plain" }, body };
  };
}

// Source: core `validation.ValidatePodLogOptions`.
function checkOptions(query: URLSearchParams): void {
  const errors: FieldError[] = [];
  const atLeast = (name: string, least: number) => {
    const value = integer(query, name);
    if (value !== undefined && value < least)
      errors.push(invalid(name, value, least === 0 ? "must be greater than or equal to 0" : "must be greater than 0"));
  };
  atLeast("tailLines", 0);
  atLeast("limitBytes", 1);
  atLeast("sinceSeconds", 1);
  if (query.get("sinceSeconds") && query.get("sinceTime"))
    errors.push({
      type: "FieldValueForbidden",
      field: "",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  if (errors.length > 0) throw invalidObject({ group: "", kind: "PodLogOptions" }, "", errors);
}
