import type { Event } from "@wherry/api";
import { lineBatches } from "@wherry/client/line-splitter.ts";
import { collectionPath } from "@wherry/client/resource-path.ts";
import { humanDuration } from "@wherry/machinery/human-duration.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList, outputFlag } from "../flags.ts";
import { type OutputOptions, parseOutput, printObject } from "../output/format.ts";
import { textTable } from "../output/text-table.ts";
import { definitionOf } from "../resource-catalogue.ts";
import { typeAndName } from "../targets.ts";
import type { Verb } from "../verb.ts";

interface EventsOptions extends ConnectionOptions, OutputOptions {
  allNamespaces?: boolean;
  for?: string;
  types?: string[];
  headers: boolean;
  watch?: boolean;
}

type Write = (text: string) => void;

/** `wherry events`. */
export const verb: Verb = {
  description: "list events, the newest last",
  words: "[--for TYPE/NAME] [--types=Normal,Warning] [--watch]",
  client: true,
  flags: (command) =>
    outputFlag(command)
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--for <type/name>", "only about this object")
      .option("--types <types>", "only of these types", commaList)
      .option("--chunk-size <n>", "accepted and not needed")
      .option("--no-headers", "without the header line")
      .option("-w, --watch", "go on with what comes"),
  run: (_, options: EventsOptions, { write }) => events(options, write),
};

async function events(options: EventsOptions, write: Write): Promise<void> {
  const wrong = options.types?.find((type) => !/^(normal|warning)$/i.test(type));
  if (wrong) throw new UsageError("valid --types are Normal or Warning");
  const connection = await connect(options);
  try {
    const kind = definitionOf(await connection.resources.find("events"));
    const namespace = options.allNamespaces ? undefined : connection.namespace;
    const fieldSelector = await selectorFor(connection, options.for);
    const { items, metadata } = await connection.client.list<Event>(kind as never, { namespace, fieldSelector });
    const found = items.filter((event) => isWanted(event, options)).toSorted((a, b) => seen(a) - seen(b));
    if (options.watch) {
      const query = new URLSearchParams({
        watch: "true",
        resourceVersion: metadata.resourceVersion ?? "",
        ...(fieldSelector && { fieldSelector }),
      });
      return await follow(connection, `${collectionPath(kind, namespace)}?${query}`, found, options, write);
    }
    if (!found.length && !options.output)
      return void process.stderr.write(namespace ? `No events found in ${namespace} namespace.\n` : "No events found.\n");
    if (options.output)
      return write(
        await printObject(
          { apiVersion: "v1", items: found, kind: "List", metadata: { resourceVersion: "" } },
          parseOutput(options.output, options),
          nameOf,
        ),
      );
    write(textTable([...(options.headers ? [header(options)] : []), ...found.map((event) => row(event, options))]));
  } finally {
    connection.close();
  }
}

const nameOf = (object: object): string => `event/${(object as Event).metadata.name}`;

async function selectorFor(connection: Connection, word: string | undefined): Promise<string | undefined> {
  if (word === undefined) return undefined;
  const [resource, name] = await typeAndName(connection, word);
  return `involvedObject.kind=${resource.kind},involvedObject.name=${name}`;
}

const isWanted = (event: Event, { types }: EventsOptions): boolean =>
  !types?.length || types.some((type) => type.toLowerCase() === event.type?.toLowerCase());

const time = (text: string | undefined | null): number | undefined => (text ? Date.parse(text) : undefined);
const seen = (event: Event): number =>
  time(event.series?.lastObservedTime) ??
  time(event.lastTimestamp) ??
  time(event.eventTime) ??
  Date.parse(event.metadata.creationTimestamp);

const header = ({ allNamespaces }: EventsOptions): string[] => [
  ...(allNamespaces ? ["NAMESPACE"] : []),
  "LAST SEEN",
  "TYPE",
  "REASON",
  "OBJECT",
  "MESSAGE",
];

/** Source: kubectl pkg/cmd/events/event_printer.go. */
function row(event: Event, { allNamespaces }: EventsOptions): string[] {
  const {
    involvedObject: { kind = "", name = "" },
  } = event;
  const object = `${kind}/${name}`;
  return [
    ...(allNamespaces ? [event.metadata.namespace ?? ""] : []),
    age(event),
    event.type ?? "",
    event.reason ?? "",
    object,
    (event.message ?? "").trim(),
  ];
}

function age(event: Event): string {
  const now = Date.now();
  const last = humanDuration(now - seen(event));
  const count = event.series?.count ?? event.count ?? 1;
  const first = time(event.firstTimestamp) ?? time(event.eventTime);
  return count > 1 && first !== undefined ? `${last} (x${count} over ${humanDuration(now - first)})` : last;
}

async function follow(connection: Connection, path: string, found: readonly Event[], options: EventsOptions, write: Write): Promise<void> {
  const print = async (events: readonly Event[], headers: boolean) => {
    const format = parseOutput(options.output, options);
    if (format.type === "table")
      return write(textTable([...(headers ? [header(options)] : []), ...events.map((event) => row(event, options))]));
    for (const event of events) write(await printObject(event, format, nameOf));
  };
  let headers = options.headers;
  if (found.length) await print(found, headers);
  headers &&= !found.length;
  const response = await connection.client.raw({ method: "GET", path });
  for await (const lines of lineBatches(response.body)) {
    const batch = lines
      .map((line) => JSON.parse(line) as { type: string; object: Event })
      .filter(({ type, object }) => /^(ADDED|MODIFIED)$/.test(type) && isWanted(object, options));
    if (batch.length)
      await print(
        batch.map(({ object }) => object),
        headers,
      );
    headers &&= !batch.length;
  }
}
