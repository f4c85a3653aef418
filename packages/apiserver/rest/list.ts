import { failure, type StatusError } from "@wherry/base";
import type { KindDefinition } from "@wherry/machinery";
import { CompactedError, FutureRevisionError } from "@wherry/store";
import { futureRevision } from "../errors.ts";
import type { ApiResponse, StreamBody } from "../exchange.ts";
import { convertedItems } from "../watch-cache/converted.ts";
import { Item } from "../watch-cache/item.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import { encode, isPretty, negotiateShape } from "./answer.ts";
import { keyIn, type ResourceCall, type RestContext } from "./context.ts";
import { encodeContinue } from "./continue-token.ts";
import { type ListOptions, listOptions } from "./list-options.ts";
import { freshEnough } from "./resource-version.ts";
import type { ListMeta, Shape } from "./shape.ts";

/** Above this the bytes of a list are streamed at the reader's pace, not joined first. */
const STREAM_ABOVE = 512 * 1024;
const CHUNK = 64 * 1024;

/** Some items of a list, and what is said about the rest. */
export interface Page {
  items: Item[];
  revision: number;
  /** Key of the last item looked at, relative to the root; absent when the list is complete. */
  next?: string;
  remaining?: number;
}

/** Answers a collection, at one revision, whole or in pages. */
export async function list(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const { shape, negotiated } = negotiateShape(context, call, true);
  const page = await readPage(context, call.kind, listOptions(call));
  const parts = render(shape, page, pageMeta(page));
  if (negotiated.encoding === "json" && parts.size > STREAM_ABOVE && !isPretty(call.request, negotiated))
    return { status: 200, headers: { "content-type": "application/json" }, body: streamed(parts.chunks), finite: true };
  return encode(call, negotiated, Buffer.concat([...parts.chunks]));
}

/** Reads what a list asks for, in the version of `kind`. */
export async function readPage(context: RestContext, kind: KindDefinition, options: ListOptions): Promise<Page> {
  const cache = context.cache.resource(kind);
  const converted = convertedItems(kind);
  if (!converted) return readStored(context, cache, options);
  const { selection } = options;
  if (selection.all) {
    const page = await readStored(context, cache, options);
    return { ...page, items: await converted.all(page.items) };
  }
  // What a selector sees is known of the converted ones only.
  const candidates = await readStored(context, cache, { ...options, limit: 0, selection: { ...selection, matches: () => true } });
  return pageOf(await converted.all(candidates.items), cache, options, candidates.revision);
}

/** Reads from memory when that is the state asked for, else from the store's history. */
async function readStored(context: RestContext, cache: ResourceCache, options: ListOptions): Promise<Page> {
  const { at } = options;
  if (at.match === "exact") await context.cache.fresh();
  else await freshEnough(context, at.match === "notOlderThan" ? at.revision : undefined);
  if (at.match !== "exact") return pageOf(itemsOf(cache, options), cache, options, context.cache.revision);
  if (at.revision > context.cache.revision) throw futureRevision(at.revision, context.cache.revision);
  if (cache.history.last <= at.revision) return pageOf(itemsOf(cache, options), cache, options, at.revision);
  return storedPage(context, cache, options, at.revision);
}

/** What a list has to look at: one item when only that can match. */
function itemsOf(cache: ResourceCache, options: ListOptions): Iterable<Item> {
  const { name, namespace } = options.selection;
  const whole = cache.of.kind.scope === "Namespaced" && namespace === undefined;
  if (name === undefined || whole || options.after) return cache.items(cache.prefix(namespace), startKey(cache, options));
  const item = cache.get(keyIn(cache, namespace, name));
  return item ? [item] : [];
}

async function storedPage(context: RestContext, cache: ResourceCache, options: ListOptions, at: number): Promise<Page> {
  const after = startKey(cache, options);
  // With a selector, how much must be read to fill a page is not known.
  const limit = options.selection.all && options.limit > 0 ? options.limit : undefined;
  try {
    const found = await context.store.list(cache.prefix(options.selection.namespace), {
      at,
      ...(after && { after }),
      ...(limit && { limit }),
    });
    const items = found.entries.map((entry) => new Item(cache.of, entry));
    if (!found.more) return pageOf(items, cache, options, at);
    const next = (items.at(-1) as Item).key.slice(cache.root.length);
    return { items, revision: at, next, remaining: found.remaining };
  } catch (error) {
    if (error instanceof CompactedError) throw expiredList(options);
    if (error instanceof FutureRevisionError) throw futureRevision(error.asked, error.current);
    throw error;
  }
}

const startKey = (cache: ResourceCache, options: ListOptions) => (options.after ? cache.root + options.after : undefined);

function pageOf(items: Iterable<Item>, cache: ResourceCache, options: ListOptions, revision: number): Page {
  const { selection, limit } = options;
  const page: Item[] = [];
  let remaining = 0;
  let next: string | undefined;
  for (const item of items) {
    if (limit > 0 && page.length === limit) {
      if (remaining === 0 && !selection.all && !selection.matches(item)) continue;
      next ??= (page.at(-1) as Item).key.slice(cache.root.length);
      remaining++;
      // What is left is only counted where counting is exact: without a selector.
      if (!selection.all) break;
    } else if (selection.all || selection.matches(item)) {
      page.push(item);
    }
  }
  return { items: page, revision, ...(next !== undefined && { next }), ...(next !== undefined && selection.all && { remaining }) };
}

function pageMeta(page: Page): ListMeta {
  const meta: ListMeta = { resourceVersion: String(page.revision) };
  if (page.next !== undefined) meta.continue = encodeContinue({ revision: page.revision, after: page.next });
  if (page.remaining !== undefined) meta.remainingItemCount = page.remaining;
  return meta;
}

function render(shape: Shape, page: Page, meta: ListMeta): { chunks: Iterable<Buffer>; size: number } {
  const { head, separator, tail } = shape.list(meta);
  const size = page.items.reduce((sum, item) => sum + item.bytes.length, 0);
  function* chunks() {
    yield head;
    for (const [i, item] of page.items.entries()) {
      if (i > 0) yield separator;
      yield shape.item(item.bytes);
    }
    yield tail;
  }
  return { size, chunks: chunks() };
}

function streamed(parts: Iterable<Buffer>): StreamBody {
  return async (sink) => {
    let chunk: Buffer[] = [];
    let size = 0;
    for (const part of parts) {
      chunk.push(part);
      size += part.length;
      if (size < CHUNK) continue;
      sink.write(Buffer.concat(chunk));
      chunk = [];
      size = 0;
      await sink.drained();
      if (sink.signal.aborted) return;
    }
    sink.write(Buffer.concat(chunk));
  };
}

/** 410: the state that the pages before showed is gone. The token in it goes on with the state of now. */
function expiredList(options: ListOptions): StatusError {
  if (!options.after) return failure(410, "Expired", "The resourceVersion for the provided list is too old.");
  const error = failure(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, " +
      "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an " +
      "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  error.status.metadata.continue = encodeContinue({ revision: -1, after: options.after });
  return error;
}
