import { failure, type StatusError } from "@wherry/base";
import { applyPatch, type Operation, type TestOperation } from "rfc6902";
import { deepCopy } from "../deep-copy.ts";
import { deepEqual } from "../deep-equal.ts";

/** Source: apiserver `handlers.maxJSONPatchOperations`. */
const MAX_OPERATIONS = 10_000;
/** Copies may not grow the document without bound. Source: apiserver `JSONPatchMaxCopyBytes`. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;
const OPERATIONS: ReadonlySet<string> = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/**
 * Applies an RFC 6902 patch; `doc` stays as it is. Throws a StatusError: 422 Invalid when an operation does not apply, 413 when there are
 * more than 10,000. Messages follow evanphx/json-patch.
 */
export function applyJsonPatch<T>(doc: T, operations: unknown): T {
  if (!Array.isArray(operations)) throw failure(400, "BadRequest", "a JSON patch must be an array of operations");
  if (operations.length > MAX_OPERATIONS) throw tooMany(operations.length);
  const state = { doc: deepCopy(doc), copied: 0 };
  for (const operation of operations) applyOperation(state, operation);
  return state.doc;
}

interface State {
  doc: unknown;
  copied: number;
}

function applyOperation(state: State, given: unknown): void {
  const operation = checkOperation(given);
  const { op, path } = operation;
  checkPointer(state.doc, op, path);
  if (operation.op === "copy" || operation.op === "move") checkPointer(state.doc, op, operation.from, "from");
  if (operation.op === "copy") countCopy(state, operation.from);
  if (operation.op === "test") {
    checkTest(state, operation);
    return;
  }
  const [error] = applyPatch(state.doc, [operation]);
  if (error) throw missing(op, path);
}

/** A value that is not there is null. */
function checkTest({ doc }: State, { path, value }: TestOperation): void {
  const found = tokensOf(path).reduce(childOf, doc);
  if (!deepEqual(found ?? null, value)) throw rejected(`testing value ${path} failed: test failed`);
}

function missing(op: string, path: string): StatusError {
  return rejected(`${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
}

function checkOperation(given: unknown): Operation {
  const operation = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const { op, path, from } = operation;
  if (typeof op !== "string" || !OPERATIONS.has(op)) throw rejected(`Unexpected kind: ${typeof op === "string" ? op : "unknown"}`);
  if (typeof path !== "string") throw rejected(`${op} operation is missing its "path"`);
  if ((op === "move" || op === "copy") && typeof from !== "string") throw rejected(`${op} operation is missing its "from"`);
  if ((op === "add" || op === "replace" || op === "test") && !Object.hasOwn(operation, "value"))
    throw rejected(`${op} operation is missing its "value"`);
  return operation as unknown as Operation;
}

/**
 * Refuses what the library lets pass: array indexes that are no index, and ways to a prototype. The library follows inherited
 * properties, so a way may lead through own ones only.
 */
function checkPointer(doc: unknown, op: string, path: string, member = "path"): void {
  if (path !== "" && !path.startsWith("/"))
    throw rejected(`${op} operation does not apply: ${member} ${JSON.stringify(path)} must start with "/"`);
  const tokens = tokensOf(path);
  const adds = member === "path" && ["add", "move", "copy"].includes(op);
  let at = doc;
  for (const [i, token] of tokens.entries()) {
    if (token === "__proto__") throw rejected(`${op} operation does not apply: the key "__proto__" is not allowed`);
    if (typeof at !== "object" || at === null) {
      if (op === "test" && at === undefined) return;
      throw missing(op, path);
    }
    const last = i === tokens.length - 1;
    if (Array.isArray(at)) checkIndex(at, token, last && adds);
    else if (last && !adds && op !== "test" && !Object.hasOwn(at, token)) throw missing(op, path);
    at = childOf(at, token);
  }
}

function checkIndex(list: readonly unknown[], token: string, adds: boolean): void {
  if (adds && token === "-") return;
  const index = /^(0|[1-9]\d*)$/.test(token) ? Number(token) : Number.POSITIVE_INFINITY;
  if (index >= list.length + (adds ? 1 : 0)) throw rejected(`Unable to access invalid index: ${token}: invalid index referenced`);
}

function countCopy(state: State, from: string): void {
  const value = tokensOf(from).reduce(childOf, state.doc);
  state.copied += JSON.stringify(value)?.length ?? 0;
  if (state.copied > MAX_COPIED_BYTES) {
    const sizes = `the accumulated size increase of copy is ${state.copied}, exceeding the limit ${MAX_COPIED_BYTES}`;
    throw rejected(`Unable to complete the copy, ${sizes}`);
  }
}

const tokensOf = (path: string) =>
  path
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));

function childOf(at: unknown, token: string): unknown {
  return typeof at === "object" && at !== null && Object.hasOwn(at, token) ? (at as Record<string, unknown>)[token] : undefined;
}

/** Why is among the causes, which kubectl prints. Source: apimachinery `errors.NewGenericServerResponse`. */
function rejected(why: string): StatusError {
  return failure(422, "Invalid", "the server rejected our request due to an error in our request", { causes: [{ message: why }] });
}

function tooMany(count: number): StatusError {
  const why = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${count}`;
  return failure(413, "RequestEntityTooLarge", `Request entity is too large: ${why}`);
}
