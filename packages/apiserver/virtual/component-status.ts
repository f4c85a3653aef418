import { ComponentStatus } from "@wherry/api";
import { notFound } from "@wherry/base";
import type { NewObject } from "@wherry/machinery";
import type { ApiResponse } from "../exchange.ts";
import type { HealthCheck } from "../health.ts";
import { answerObject, encode, negotiateShape } from "../rest/answer.ts";
import { type ResourceCall, type RestContext, resourceName } from "../rest/context.ts";

const DEPRECATED = "v1 ComponentStatus is deprecated in v1.19+";

/** Serves ComponentStatus: asks these parts how they are. Source: upstream's `registry/core/componentstatus`. */
export function componentStatuses(checks: readonly HealthCheck[]) {
  return async (context: RestContext, call: ResourceCall): Promise<ApiResponse> => {
    if (call.name === undefined) return listAll(context, call, await Promise.all(checks.map(ask)));
    const check = checks.find(({ name }) => name === call.name);
    if (!check) throw notFound(resourceName(call.kind), call.name);
    return answerObject(context, call, bytesOf(await ask(check)), { warnings: [DEPRECATED] });
  };
}

type Answer = NewObject<ComponentStatus>;

function listAll(context: RestContext, call: ResourceCall, answers: readonly Answer[]): Promise<ApiResponse> {
  const { shape, negotiated } = negotiateShape(context, call, true);
  const { head, separator, tail } = shape.list({ resourceVersion: "" });
  const items = answers.flatMap((answer, i) => (i > 0 ? [separator, shape.item(bytesOf(answer))] : [shape.item(bytesOf(answer))]));
  return encode(call, negotiated, Buffer.concat([head, ...items, tail]), { warnings: [DEPRECATED] });
}

async function ask({ name, run }: HealthCheck): Promise<Answer> {
  const metadata = { name, creationTimestamp: null } as unknown as Answer["metadata"];
  try {
    await run();
    return { metadata, conditions: [{ type: "Healthy", status: "True", message: "ok" }] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { metadata, conditions: [{ type: "Healthy", status: "False", message }] };
  }
}

function bytesOf({ metadata, conditions }: Answer): Buffer {
  const { kind, version } = ComponentStatus;
  return Buffer.from(JSON.stringify({ kind, apiVersion: version, metadata, conditions }));
}
