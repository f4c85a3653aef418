import { defineKind } from "@wherry/machinery";
import { loadCel } from "@wherry/machinery/cel/language.ts";
import type { ValidatingWebhookConfiguration as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { defaultWebhook, validateWebhooks } from "./webhook.ts";

export type ValidatingWebhookConfiguration = Type;

export const ValidatingWebhookConfiguration = defineKind<ValidatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  singular: "validatingwebhookconfiguration",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
  hasGeneration: true,
  load: loadCel,
  allowUnconditionalUpdate: false,
  defaults(o) {
    for (const hook of o.webhooks ?? []) {
      defaultWebhook(hook);
    }
  },
  validate: (o) => validateWebhooks(o.webhooks),
  warnings: notActedOn,
  columns: [nameColumn, { name: "Webhooks", type: "integer", value: (o) => o.webhooks?.length ?? 0 }, ageColumn],
});
