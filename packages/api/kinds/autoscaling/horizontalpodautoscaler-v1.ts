import { defineKind } from "@wherry/machinery";
import type { HorizontalPodAutoscaler as Stored, V1HorizontalPodAutoscaler } from "../../generated/types.ts";
import { columnsThrough } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { fromStored, toStored } from "./horizontalpodautoscaler/v1.ts";
import { HorizontalPodAutoscaler } from "./horizontalpodautoscaler.ts";

export type HorizontalPodAutoscalerV1 = V1HorizontalPodAutoscaler;

/** The autoscaler that knows only the use of CPU; what else the stored one says is in annotations. Source: `autoscaling/v1`. */
export const HorizontalPodAutoscalerV1 = defineKind<V1HorizontalPodAutoscaler>({
  group: "autoscaling",
  version: "v1",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  singular: "horizontalpodautoscaler",
  shortNames: ["hpa"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
  storedAs: { kind: HorizontalPodAutoscaler, toStored, fromStored },
  subresources: { status: { type: "status" } },
  warnings: notActedOn,
  columns: columnsThrough<V1HorizontalPodAutoscaler, Stored>(HorizontalPodAutoscaler.columns, toStored),
});
