import { defineKind } from "@wherry/machinery";
import { loadCel } from "@wherry/machinery/cel/language.ts";
import type { MutatingWebhookConfiguration as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { defaultWebhook, validateWebhooks } from "./webhook.ts";

export type MutatingWebhookConfiguration = Type;

export const MutatingWebhookConfiguration = defineKind<MutatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  singular: "mutatingwebhookconfiguration",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
  hasGeneration: true,
  load: loadCel,
  allowUnconditionalUpdate: false,
  defaults(o) {
    for (const hook of o.webhooks ?? []) {
      defaultWebhook(hook);
      hook.reinvocationPolicy ??= "Never";
    }
  },
  validate: (o) => validateWebhooks(o.webhooks),
  warnings: notActedOn,
  columns: [nameColumn, { name: "Webhooks", type: "integer", value: (o) => o.webhooks?.length ?? 0 }, ageColumn],
});
