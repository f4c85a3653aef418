import type { UpOptions } from "../cluster/decide.ts";
import { up } from "../cluster/up.ts";
import { clusterFlags } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `wherry up`. */
export const verb: Verb = {
  description: "bring a cluster up on this machine; returns when its node is ready",
  flags: (command) =>
    clusterFlags(command)
      .option("--api-port <port>", "the API server's port (6443, or the next free one)")
      .option("--docker <socket>", "the Docker Engine's socket (DOCKER_HOST, or /var/run/docker.sock)")
      .option("--pod-cidr <range>", "addresses for pods, such as 10.244.0.0/16")
      .option("--service-cidr <range>", "addresses for services, such as 10.96.0.0/16")
      .option("--kubeconfig <file>", "the kubeconfig to write to (the user's own)"),
  run: (_, options: UpOptions, { program, write }) => up(options, program, (line) => write(`${line}\n`)),
};
