import { alreadyExists, badRequest, failure, type StatusError } from "@wherry/base";
import { checkAs, deepCopy, generateName, initObjectMeta, storedKind, toStored, validateObjectMeta, warningsAs } from "@wherry/machinery";
import type { Entry } from "@wherry/store";
import { invalidObject } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { objectToStore } from "../watch-cache/converted.ts";
import { answerObject } from "./answer.ts";
import { parseBody } from "./body.ts";
import { type AnyObject, keyIn, type ResourceCall, type RestContext, resourceName } from "./context.ts";
import { withConversions } from "./conversions.ts";
import { own, ownerOf } from "./field-owner.ts";
import { checkedObject } from "./field-validation.ts";
import { writeOptions } from "./options.ts";
import { dropDuplicateOwners } from "./owners.ts";
import { admit, reserve, type Write } from "./write-stage.ts";

/** How often a generated name may turn out to be taken. Source: apiserver `maxNameGenerationCreateAttempts`. */
const GENERATE_ATTEMPTS = 8;

/** Creates the object in the body. */
export async function create(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = writeOptions(call.request.query, "CreateOptions");
  const warnings: string[] = [];
  const body = await parseBody(call.request, call.kind.kind);
  const decoded = checkedObject(context.registry, call.kind, body, options.fieldValidation, warnings);
  dropDuplicateOwners(decoded, warnings);
  const object = toStored(call.kind, decoded);
  const bytes = await createObject(context, call, object, { dryRun: options.dryRun, warnings, owner: ownerOf(call, options.fieldManager) });
  return answerObject(context, call, bytes, { status: 201, warnings });
}

/** Creates an object, given in the stored form of the call's kind, in its namespace; gives its stored bytes. `object` is private and changes. */
export async function createObject(
  context: RestContext,
  call: Pick<ResourceCall, "kind" | "namespace"> & { request: Pick<ResourceCall["request"], "user"> },
  object: AnyObject,
  options: Pick<Write, "dryRun" | "warnings" | "owner">,
): Promise<Buffer> {
  const { namespace } = call;
  const kind = storedKind(call.kind);
  await context.cache.fresh();
  fitNamespace(object, namespace);
  if (object.metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const name = object.metadata.name ?? "";
  const version = call.kind === kind ? undefined : call.kind;
  const write: Write = { operation: "create", kind, version, namespace, name, user: call.request.user, ...options };
  const generated = !object.metadata.name && Boolean(object.metadata.generateName);
  const fresh = kind.conversion
    ? await withConversions(() => prepareNew(context, write, deepCopy(object)))
    : prepareNew(context, write, object);
  options.warnings.push(...warningsAs(call.kind, fresh));
  for (let attempt = 1; ; attempt++) {
    const result = await tryCreate(context, { ...write, name: fresh.metadata.name }, fresh);
    if ("bytes" in result) return result.bytes;
    if (!generated || attempt >= GENERATE_ATTEMPTS) throw exists(write, fresh, decodeEntry(context, write, result.current));
    fresh.metadata.name = generateName(fresh.metadata.generateName ?? "");
  }
}

/** Makes `object` fit to be stored, or throws. Changes and gives it. */
function prepareNew(context: RestContext, write: Write, object: AnyObject): AnyObject {
  const { kind, version = kind, user } = write;
  const now = context.clock.now();
  initObjectMeta(object.metadata, { now, ...(kind.hasGeneration && { hasGeneration: true }) });
  own(context, write, object, object.metadata.managedFields);
  // What a kind does with a name that is missing is not told before validation.
  object.metadata.name ??= "";
  admit(context.stages, write, object);
  kind.prepareForCreate?.(object, { now, ...(user && { user }) });
  kind.defaults?.(object);
  validateNew(version, object);
  return object;
}

function validateNew(kind: Write["kind"], object: AnyObject): void {
  const { scope, validateName, anyFinalizer } = storedKind(kind);
  const rules = { namespaced: scope === "Namespaced", ...(validateName && { validateName }), ...(anyFinalizer && { anyFinalizer }) };
  const errors = [
    ...validateObjectMeta(object.metadata, rules),
    ...checkAs(kind, "validate", object),
    ...checkAs(kind, "validateCreate", object),
  ];
  if (errors.length > 0) throw invalidObject(storedKind(kind), object.metadata.name ?? "", errors);
}

/** The bytes to serve, or the entry that is in the way. */
type Created = { bytes: Buffer } | { current: Entry | undefined };

async function tryCreate(context: RestContext, write: Write, object: AnyObject): Promise<Created> {
  const cache = context.cache.resource(write.kind);
  const key = keyIn(cache, write.namespace, write.name);
  const converted = write.kind.conversion ? await objectToStore(write.kind, object) : object;
  const reservation = reserve(context.stages, write, object);
  let written = false;
  try {
    const stored = cache.of.codec.encode(converted);
    if (write.dryRun) return dryCreate(context, write, key, stored);
    const result = await context.store.create(key, stored);
    written = result.ok;
    return result.ok ? { bytes: cache.of.codec.serve(stored, result.revision) } : { current: result.current };
  } finally {
    if (written) reservation.commit();
    else reservation.rollback();
  }
}

async function dryCreate(context: RestContext, write: Write, key: string, stored: Buffer): Promise<Created> {
  const { codec } = context.cache.resource(write.kind).of;
  const current = await context.store.get(key);
  // What was not stored has no revision.
  return current ? { current } : { bytes: Buffer.from(JSON.stringify(codec.decode(stored))) };
}

/** Puts a new object into the namespace of its path. Throws BadRequest when it says it is of another. */
export function fitNamespace(object: AnyObject, namespace: string | undefined): void {
  if (namespace === undefined) delete object.metadata.namespace;
  else if (!object.metadata.namespace) object.metadata.namespace = namespace;
  else if (object.metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

function decodeEntry(context: RestContext, write: Write, entry: Entry | undefined): AnyObject | undefined {
  return entry && context.cache.resource(write.kind).of.codec.decodeStored(entry.value, entry.revision);
}

/** Source: apiserver `registry.Store.create`, `rest.CheckGeneratedNameError`. */
function exists(write: Write, { metadata }: AnyObject, current: AnyObject | undefined): StatusError {
  const { status } = alreadyExists(resourceName(write.kind), metadata.name);
  const generated = metadata.generateName ? ", the server was not able to generate a unique name for the object" : "";
  const details = { ...status.details, ...(metadata.generateName && { retryAfterSeconds: 1 }) };
  const dying = current?.metadata.deletionTimestamp ? "object is being deleted: " : "";
  return failure(409, "AlreadyExists", `${dying}${status.message}${generated}`, details);
}
