import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, writeFlags } from "../flags.ts";
import { findObjects, forEach } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { place } from "../placement.ts";
import { definitionOf, resourceOfManifest } from "../resource-catalogue.ts";
import type { TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { integer, manifest } from "./create/generator.ts";

interface AutoscaleOptions extends ConnectionOptions, TargetOptions, WriteFlags {
  min: string;
  max: string;
  cpuPercent: string;
  name?: string;
}

/** `wherry autoscale`. */
export const verb: Verb = {
  description: "make an autoscaler for the pods of an object",
  words: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]",
  client: true,
  completes: "objects",
  flags: (command) =>
    writeFlags(fileFlags(command))
      .option("--min <n>", "the fewest pods", "-1")
      .option("--max <n>", "the most pods", "-1")
      .option("--cpu-percent <n>", "how busy they are to be, in percent of what they request", "-1")
      .option("--name <name>", "the autoscaler's name, when it is not that of the object"),
  run: (words, options: AutoscaleOptions, { write }) => autoscale(words, options, write),
};

/** Source: kubectl pkg/cmd/autoscale/autoscale.go. */
async function autoscale(words: string[], options: AutoscaleOptions, write: (text: string) => void): Promise<void> {
  const [min, max, cpu] = [integer(options.min, "min"), integer(options.max, "max"), integer(options.cpuPercent, "cpu-percent")];
  if (max < 1) throw new UsageError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) throw new UsageError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  const connection = await connect(options);
  try {
    await forEach(await findObjects(connection, words, options), async ({ resource, object }) => {
      const { name, namespace } = object.metadata;
      const scaleTargetRef = { apiVersion: apiVersionOf(resource), kind: resource.kind, name };
      const spec = {
        maxReplicas: max,
        ...(min > 0 && { minReplicas: min }),
        scaleTargetRef,
        ...(cpu >= 0 && { targetCPUUtilizationPercentage: cpu }),
      };
      const wanted = manifest(
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        { name: options.name ?? name },
        { spec, status: { currentReplicas: 0, desiredReplicas: 0 } },
      );
      if (options.dryRun === "client") return write(await report(wanted as never, resourceOfManifest(wanted), "autoscaled", options));
      const placed = await place(connection, { ...wanted, metadata: { ...wanted.metadata, namespace } } as typeof wanted);
      const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? "kubectl-autoscale" };
      write(
        await report(
          await connection.client.create(definitionOf(placed.resource), placed.object, send),
          placed.resource,
          "autoscaled",
          options,
        ),
      );
    });
  } finally {
    connection.close();
  }
}
