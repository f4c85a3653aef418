import { defineKind, type FieldError, forbiddenField, invalid, notSupported, required } from "@wherry/machinery";
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
  PriorityLevelConfiguration as Type,
} from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { between } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { validateConditionTypes } from "./conditions.ts";

export type PriorityLevelConfiguration = Type;

const SHARES = 30;
const QUEUING = { handSize: 8, queues: 64, queueLengthLimit: 50 };
const MOST_QUEUES = 10_000_000;
const HASH_BITS = 60;
const EXEMPT = "exempt";

export const PriorityLevelConfiguration = defineKind<PriorityLevelConfiguration>({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  singular: "prioritylevelconfiguration",
  scope: "Cluster",
  schema: "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
  hasGeneration: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = {};
  },
  statusKeeps: ["annotations", "labels"],
  prepareForUpdate: keepOtherHalf,
  defaults,
  validate: (o) => [...validateSpec(o.spec, o.metadata.name), ...validateConditionTypes(o.status?.conditions)],
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "Type", type: "string", value: (o) => o.spec.type ?? "" },
    { name: "NominalConcurrencyShares", type: "string", value: (o) => o.spec.limited?.nominalConcurrencyShares ?? "<none>" },
    { name: "Queues", type: "string", value: (o) => o.spec.limited?.limitResponse?.queuing?.queues ?? "<none>" },
    { name: "HandSize", type: "string", value: (o) => o.spec.limited?.limitResponse?.queuing?.handSize ?? "<none>" },
    { name: "QueueLengthLimit", type: "string", value: (o) => o.spec.limited?.limitResponse?.queuing?.queueLengthLimit ?? "<none>" },
    ageColumn,
  ],
});

/** Source: flowcontrol/v1 defaults. */
function defaults(o: PriorityLevelConfiguration): void {
  o.spec ??= {} as PriorityLevelConfigurationSpec;
  o.status ??= {};
  const { exempt, limited } = o.spec;
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= SHARES;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.handSize ||= QUEUING.handSize;
  queuing.queues ||= QUEUING.queues;
  queuing.queueLengthLimit ||= QUEUING.queueLengthLimit;
}

/** Source: flowcontrol validation `ValidatePriorityLevelConfigurationSpec`. */
function validateSpec({ type, limited, exempt }: PriorityLevelConfigurationSpec, name: string): FieldError[] {
  const odd = (name === EXEMPT) !== (type === "Exempt");
  const errors = odd ? [invalid("spec.type", type ?? "", "type must be 'Exempt' if and only if name is 'exempt'")] : [];
  switch (type) {
    case "Exempt":
      if (limited) errors.push(forbiddenField("spec.limited", "must be nil if the type is not Limited"));
      return exempt ? [...errors, ...shares(exempt, "spec.exempt")] : errors;
    case "Limited":
      if (exempt) errors.push(forbiddenField("spec.exempt", "must be nil if the type is Limited"));
      return [...errors, ...(limited ? validateLimited(limited) : [required("spec.limited", "must not be empty when type is Limited")])];
    default:
      return [...errors, notSupported("spec.type", type ?? "", ["Exempt", "Limited"])];
  }
}

function shares(level: ExemptPriorityLevelConfiguration, path: string, more: readonly FieldError[] = []): FieldError[] {
  const value = level.nominalConcurrencyShares ?? 0;
  const negative = value < 0 ? [invalid(`${path}.nominalConcurrencyShares`, value, "must be a non-negative integer")] : [];
  return [...negative, ...more, ...between(`${path}.lendablePercent`, level.lendablePercent, 0, 100)];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration): FieldError[] {
  const path = "spec.limited";
  const borrowing = limited.borrowingLimitPercent;
  const bad = borrowing !== undefined && borrowing < 0;
  return [
    ...shares(limited, path, limitResponse(limited.limitResponse ?? { type: "" }, `${path}.limitResponse`)),
    ...(bad ? [invalid(`${path}.borrowingLimitPercent`, borrowing, "if specified, must be a non-negative integer")] : []),
  ];
}

function limitResponse({ type, queuing }: LimitResponse, path: string): FieldError[] {
  const at = `${path}.queuing`;
  if (type === "Reject") return queuing ? [forbiddenField(at, "must be nil if limited.limitResponse.type is not Limited")] : [];
  if (type !== "Queue") return [notSupported(`${path}.type`, type ?? "", ["Queue", "Reject"])];
  return queuing ? validateQueuing(queuing, at) : [required(at, "must not be empty if limited.limitResponse.type is Limited")];
}

function validateQueuing({ handSize = 0, queues = 0, queueLengthLimit = 0 }: QueuingConfiguration, path: string): FieldError[] {
  const positive = (name: string, value: number) => (value > 0 ? [] : [invalid(`${path}.${name}`, value, "must be positive")]);
  const many = queues > MOST_QUEUES ? [invalid(`${path}.queues`, queues, `must not be greater than ${MOST_QUEUES}`)] : [];
  return [
    ...positive("queueLengthLimit", queueLengthLimit),
    ...positive("queues", queues),
    ...many,
    ...positive("handSize", handSize),
    ...(handSize > 0 ? handErrors(handSize, queues, `${path}.handSize`) : []),
  ];
}

/** A hand is dealt from the bits of one hash. Source: apiserver `shufflesharding.RequiredEntropyBits`. */
function handErrors(handSize: number, queues: number, path: string): FieldError[] {
  if (handSize > queues) return [invalid(path, handSize, `should not be greater than queues (${queues})`)];
  if (Math.ceil(Math.log2(queues) * handSize) <= HASH_BITS) return [];
  const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`;
  return [invalid(path, handSize, detail)];
}
