import { type ConnectionOptions, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { list, outputFlag } from "../../flags.ts";
import { parseOutput, printObject } from "../../output/format.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { parseDuration } from "../../wait-for.ts";
import { nameOf } from "./generator.ts";

interface TokenOptions extends ConnectionOptions {
  audience?: string[];
  duration?: string;
  boundObjectKind?: string;
  boundObjectName?: string;
  boundObjectUid?: string;
  output?: string;
}

/** `wherry create token SERVICE_ACCOUNT`: prints a token of it. */
export const verb: Verb = {
  description: "ask for a token of a service account",
  words: "SERVICE_ACCOUNT_NAME",
  client: true,
  completes: "service-accounts",
  flags: (command) =>
    outputFlag(command)
      .option("--audience <audience>", "who shall accept it (repeatable)", list)
      .option("--duration <duration>", "how long it is good, such as 10m")
      .option("--bound-object-kind <kind>", "Pod, Secret or Node: it ends with this object")
      .option("--bound-object-name <name>", "the object's name")
      .option("--bound-object-uid <uid>", "the object's uid"),
  run: (words, options: TokenOptions, { write }) => createToken(words, options, write),
};

async function createToken(words: string[], options: TokenOptions, write: (text: string) => void): Promise<void> {
  const name = nameOf(words);
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { creationTimestamp: null },
    spec: specOf(options),
    status: { token: "", expirationTimestamp: null },
  };
  const connection = await connect(options);
  try {
    const kind = definitionOf(await connection.resources.find("serviceaccounts"));
    const answer = (await connection.client.post(kind, { name, namespace: connection.namespace }, "token", request)) as {
      status?: { token?: string };
    };
    if (options.output) return write(await printObject(answer, parseOutput(options.output, options), () => `tokenrequest/${name}`));
    if (!answer.status?.token) throw new UsageError("failed to create token: no token in server response");
    write(`${answer.status.token}\n`);
  } finally {
    connection.close();
  }
}

const BOUND: Readonly<Record<string, string>> = { Pod: "v1", Secret: "v1", Node: "v1" };

function specOf(options: TokenOptions): object {
  const { boundObjectKind: kind, boundObjectName: name, boundObjectUid: uid } = options;
  if (kind && !BOUND[kind]) throw new UsageError(`supported --bound-object-kind values are ${Object.keys(BOUND).join(", ")}`);
  if (kind && !name) throw new UsageError("--bound-object-name is required if --bound-object-kind is provided");
  if (!kind && (name || uid))
    throw new UsageError(`--bound-object-${name ? "name" : "uid"} can only be set if --bound-object-kind is provided`);
  const seconds = options.duration === undefined ? 0 : parseDuration(options.duration, "--duration") / 1000;
  if (!Number.isInteger(seconds)) throw new UsageError("--duration cannot be expressed in units less than seconds");
  return {
    audiences: options.audience ?? null,
    expirationSeconds: seconds || null,
    boundObjectRef: kind ? { kind, apiVersion: BOUND[kind], name, ...(uid && { uid }) } : null,
  };
}
