import type { ApiObject } from "@wherry/machinery";
import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import { typeAndName } from "../../targets.ts";
import { type Generator, type Manifest, manifest } from "./generator.ts";

interface Options {
  image?: string;
  from?: string;
}

/** `wherry create job NAME --image=image`, or `--from=cronjob/NAME`. */
export const job: Generator<Options> = {
  usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
  description: "make a job",
  declare(command) {
    command.option("--image <image>", "the image").option("--from <cronjob/name>", "a cron job to make a job of");
  },
  generate([name, ...command], options, connection) {
    if (!name) throw new UsageError("exactly one NAME is required, got 0");
    if (!options.image === !options.from) throw new UsageError("either --image or --from must be specified");
    if (command.length && options.from) throw new UsageError("cannot specify --from and command");
    if (options.from) return fromCronJob(name, options.from, connection);
    return manifest("batch/v1", "Job", { name }, { spec: jobSpec(undefined, options.image as string, command, "Never", name), status: {} });
  },
};

/** The spec of a job of one container. Its name is that of the job unless given. */
export function jobSpec(
  name: string | undefined,
  image: string,
  command: readonly string[],
  restartPolicy: string,
  container = name,
): object {
  const containers = [{ name: container, image, resources: {}, ...(command.length > 0 && { command }) }];
  return { template: { metadata: { creationTimestamp: null }, spec: { containers, restartPolicy } } };
}

type CronJob = ApiObject & { spec: { jobTemplate: { metadata?: { labels?: object; annotations?: object }; spec: object } } };

async function fromCronJob(name: string, from: string, connection: Connection): Promise<Manifest> {
  const [resource, source] = await typeAndName(connection, from);
  if (resource.kind !== "CronJob") throw new UsageError(`from must be an existing cronjob: ${from} is a ${resource.kind}`);
  const found = (await connection.client.get(definitionOf(resource), { name: source, namespace: connection.namespace })) as CronJob;
  const { apiVersion, kind, metadata, spec } = found;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  const annotations = { "cronjob.kubernetes.io/instantiate": "manual", ...spec.jobTemplate.metadata?.annotations };
  const labels = spec.jobTemplate.metadata?.labels;
  return manifest(
    "batch/v1",
    "Job",
    { name, annotations, ...(labels && { labels }), ownerReferences: [owner] },
    { spec: spec.jobTemplate.spec, status: {} },
  );
}
