import { randomSuffix } from "@wherry/machinery/object-meta.ts";
import { UsageError } from "../../errors.ts";
import { list } from "../../flags.ts";
import { type Generator, integer, manifest, required } from "./generator.ts";

interface Options {
  image?: string[];
  port?: string;
  replicas: string;
}

/** `wherry create deployment NAME --image=image`. */
export const deployment: Generator<Options> = {
  usage: "NAME --image=image -- [COMMAND] [args...]",
  description: "make a deployment",
  declare(command) {
    command
      .option("--image <image>", "an image (repeatable)", list)
      .option("-r, --replicas <n>", "how many pods", "1")
      .option("--port <port>", "the port that the container listens on");
  },
  generate([name, ...command], options) {
    if (!name) throw new UsageError("exactly one NAME is required, got 0");
    required(options, "image");
    const { image: images = [] } = options;
    if (images.length > 1 && command.length) throw new UsageError("cannot specify multiple --image options and command");
    const labels = { app: name };
    const ports = options.port === undefined ? {} : { ports: [{ containerPort: integer(options.port, "port") }] };
    const containers = images.map((image, i) => ({
      ...{ name: containerName(image), image, resources: {} },
      ...(i === 0 && ports),
      ...(command.length > 0 && { command }),
    }));
    const template = { metadata: { creationTimestamp: null, labels }, spec: { containers } };
    const replicas = integer(options.replicas, "replicas");
    if (replicas < 0) throw new UsageError("--replicas must not be less than 0");
    return manifest(
      "apps/v1",
      "Deployment",
      { name, labels },
      { spec: { replicas, selector: { matchLabels: labels }, strategy: {}, template }, status: {} },
    );
  },
};

/** `nginx` for `registry:5000/library/nginx:1.27@sha256:...`; what no name may have is replaced, and made one of its own again. */
const containerName = (image: string): string => {
  const name = (image.split("/").at(-1) as string).replace(/[:@].*$/, "");
  return /[_.]/.test(name) ? `${name.toLowerCase().replaceAll(/[_.]/g, "-")}-${randomSuffix(5)}` : name;
};
