import { randomUUID } from "node:crypto";
import type { CustomResourceDefinition } from "@wherry/api";
import { failure } from "@wherry/base";
import { type ApiObject, type Conversion, type FieldError, validateAnnotations, validateLabels } from "@wherry/machinery";
import { type Data, isData } from "@wherry/machinery/data.ts";
import type { WebhookClient } from "../webhooks/webhook-client.ts";

const GROUP = "apiextensions.k8s.io";
const TIMEOUT_SECONDS = 30;

/** What asks the webhook of a definition to convert; undefined where it has none. Source: apiextensions `conversion.webhookConverter`. */
export function webhookConversion(crd: CustomResourceDefinition, client: WebhookClient): Conversion["convert"] | undefined {
  const { strategy, webhook } = crd.spec.conversion ?? {};
  const address = webhook?.clientConfig;
  if (strategy !== "Webhook" || !address) return undefined;
  const version = webhook.conversionReviewVersions.find((one) => one === "v1" || one === "v1beta1") ?? "v1";
  return async (objects, apiVersion) => {
    if (objects.length === 0) return [];
    const uid = randomUUID();
    const review = {
      kind: "ConversionReview",
      apiVersion: `${GROUP}/${version}`,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    };
    const type = typeText(objects);
    const answer = await client.post(address as Parameters<WebhookClient["post"]>[0], review, TIMEOUT_SECONDS).catch((error: Error) => {
      throw failed(`${type} failed: ${error.message}`);
    });
    const converted = convertedObjects(answer, version, uid, (why) => failed(`${type} failed: ${why}`));
    if (converted.length !== objects.length) throw failed(`${type} returned ${converted.length} objects, expected ${objects.length}`);
    return objects.map((object, i) => checked(object, converted[i], apiVersion, places(type, objects.length, i)));
  };
}

/** As upstream answers an error that is no Status. */
const failed = (why: string) => failure(500, "", `conversion webhook for ${why}`);

/** `stable.example.com/v1, Kind=CronTab`, or `CronTabList` of several. */
function typeText([first, ...more]: readonly ApiObject[]): string {
  return `${first?.apiVersion}, Kind=${first?.kind}${more.length > 0 ? "List" : ""}`;
}

function convertedObjects(answer: unknown, version: string, uid: string, fail: (why: string) => Error): unknown[] {
  const review = isData(answer) ? answer : {};
  const { response } = review;
  // Upstream does not look at these of the old version.
  if (version === "v1") {
    const type = `${GROUP}/v1, Kind=ConversionReview`;
    const found = `${review.apiVersion ?? ""}, Kind=${review.kind ?? ""}`;
    if (found !== type) throw fail(`expected webhook response of ${type}, got ${found}`);
  }
  if (!isData(response)) throw fail("no response provided");
  if (version === "v1" && response.uid !== uid)
    throw fail(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  const result = isData(response.result) ? response.result : {};
  if (result.status !== "Success") throw fail(text(result.message) || `response.result.status was '${text(result.status)}', not 'Success'`);
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** How messages name what is wrong with one of the objects. */
interface Places {
  type: string;
  object: string;
  metadata: string;
}

function places(type: string, count: number, i: number): Places {
  if (count === 1)
    return {
      type: `${type} returned invalid object at index 0`,
      object: `${type} returned invalid object`,
      metadata: `${type} returned invalid metadata`,
    };
  const at = `${type} returned invalid converted object at index ${i}`;
  return { type: at, object: at, metadata: `${type} returned invalid metadata in object at index ${i}` };
}

/** The converted object, with the metadata that it must have. Throws when it is another object. */
function checked(original: ApiObject, converted: unknown, apiVersion: string, at: Places): ApiObject {
  const object = isData(converted) ? converted : {};
  if (object.apiVersion !== apiVersion)
    throw failed(`${at.type}: invalid groupVersion (expected ${apiVersion}, received ${text(object.apiVersion)})`);
  if (object.kind !== original.kind) throw failed(`${at.type}: invalid kind (expected ${original.kind}, received ${text(object.kind)})`);
  const metadata = isData(object.metadata) ? object.metadata : {};
  const { name = "", namespace = "", uid = "" } = original.metadata ?? {};
  for (const [what, is, was] of [
    ["name", metadata.name, name],
    ["namespace", metadata.namespace, namespace],
    ["UID", metadata.uid, uid],
  ] as const)
    if ((is ?? "") !== was) throw failed(`${at.object}: must have the same ${what}: ${was} != ${is ?? ""}`);
  const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = object;
  return { apiVersion, kind: original.kind, metadata: metadataOf(original, object.metadata, at), ...rest } as ApiObject;
}

/** The original's metadata with the converted labels and annotations: nothing else may change. */
function metadataOf(original: ApiObject, converted: unknown, { metadata: at }: Places): ApiObject["metadata"] {
  if (converted === undefined) throw failed(`${at}: missing metadata in converted object`);
  if (!isData(converted)) throw failed(`${at}: invalid metadata of type ${goType(converted)} in converted object`);
  const { labels: _l, annotations: _a, ...metadata } = original.metadata ?? {};
  const labels = wordsOf("labels", converted.labels, at);
  const annotations = wordsOf("annotations", converted.annotations, at);
  const wrong: FieldError[] = [...validateLabels(labels, "metadata.labels"), ...validateAnnotations(annotations, "metadata.annotation")];
  if (wrong.length > 0) {
    const messages = [...new Set(wrong.map(({ field, message }) => `${field}: ${message}`))];
    throw failed(`${at}: ${messages.length === 1 ? messages[0] : `[${messages.join(", ")}]`}`);
  }
  return { ...metadata, ...(labels && { labels }), ...(annotations && { annotations }) } as ApiObject["metadata"];
}

function wordsOf(field: string, value: unknown, at: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isData(value)) throw failed(`${at}: invalid metadata.${field} of type ${goType(value)} in converted object`);
  for (const [key, word] of Object.entries(value as Data))
    if (typeof word !== "string")
      throw failed(`${at}: metadata.${field}[${key}] must be a string, but is ${goType(word)} in converted object`);
  return value as Record<string, string>;
}

/** As Go names the type of a value from JSON. */
function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "map[string]interface {}";
}
