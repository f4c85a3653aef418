import { UsageError } from "../../errors.ts";
import { type Generator, manifest, required } from "./generator.ts";
import { jobSpec } from "./job.ts";

interface Options {
  image?: string;
  schedule?: string;
  restart: string;
}

/** `wherry create cronjob NAME --image=image --schedule='0/5 * * * ?'`. */
export const cronJob: Generator<Options> = {
  usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  description: "make a cron job",
  declare(command) {
    command
      .option("--image <image>", "the image")
      .option("--schedule <schedule>", "when, as cron says it")
      .option("--restart <policy>", "OnFailure or Never", "OnFailure");
  },
  generate([name, ...command], options) {
    if (!name) throw new UsageError("exactly one NAME is required, got 0");
    required(options, "image", "schedule");
    const jobTemplate = {
      metadata: { creationTimestamp: null, name },
      spec: jobSpec(name, options.image as string, command, options.restart),
    };
    return manifest("batch/v1", "CronJob", { name }, { spec: { jobTemplate, schedule: options.schedule }, status: {} });
  },
};
