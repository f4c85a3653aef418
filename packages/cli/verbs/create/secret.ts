import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { contentHash } from "./content-hash.ts";
import { type Generator, type Manifest, manifest, nameOf } from "./generator.ts";
import { declareKeyValues, type KeyValueOptions, keyValues, readInput } from "./key-values.ts";

interface Generic extends KeyValueOptions {
  type?: string;
}

/** `wherry create secret generic NAME`. */
export const genericSecret: Generator<Generic> = {
  usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]",
  description: "make a secret from files, folders or values",
  declare(command) {
    declareKeyValues(command);
    command.option("--type <type>", "its type");
  },
  generate: (words, options) => secret(nameOf(words), options.type ?? "", keyValues(options), options.appendHash),
};

interface Tls {
  cert?: string;
  key?: string;
  appendHash?: boolean;
}

/** `wherry create secret tls NAME`. */
export const tlsSecret: Generator<Tls> = {
  usage: "NAME --cert=path/to/cert/file --key=path/to/key/file",
  description: "make a secret of a certificate and its key",
  declare(command) {
    command.option("--cert <path>", "the PEM certificate").option("--key <path>", "its PEM private key");
    withHash(command);
  },
  async generate(words, options) {
    const name = nameOf(words);
    if (!options.key || !options.cert) throw new UsageError("key and cert must be specified");
    const cert = readInput(options.cert);
    const key = readInput(options.key);
    await checkPair(cert, key);
    return secret(
      name,
      "kubernetes.io/tls",
      new Map([
        ["tls.crt", cert],
        ["tls.key", key],
      ]),
      options.appendHash,
    );
  },
};

/** A certificate and a key that do not belong together are found now, not when a server starts. */
async function checkPair(cert: Buffer, key: Buffer): Promise<void> {
  const { createSecureContext } = await import("node:tls");
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new UsageError(`tls: ${(error as Error).message}`);
  }
}

interface Registry {
  dockerServer?: string;
  dockerUsername?: string;
  dockerPassword?: string;
  dockerEmail?: string;
  fromFile?: string[];
  appendHash?: boolean;
}

const CONFIG_KEY = ".dockerconfigjson";

/** `wherry create secret docker-registry NAME`. */
export const registrySecret: Generator<Registry> = {
  usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string]",
  description: "make a secret for an image registry",
  declare(command) {
    command
      .option("--docker-server <url>", "the registry", "https://index.docker.io/v1/")
      .option("--docker-username <name>", "who signs in")
      .option("--docker-password <password>", "the password")
      .option("--docker-email <address>", "the e-mail address")
      .option("--from-file <[key=]path>", "a Docker config file instead", (value: string) => [value]);
    withHash(command);
  },
  generate(words, options) {
    const name = nameOf(words);
    if (options.fromFile?.length) {
      const found = [...keyValues({ fromFile: options.fromFile }).values()];
      return secret(name, "kubernetes.io/dockerconfigjson", new Map(found.map((v) => [CONFIG_KEY, v])), options.appendHash);
    }
    if (!options.dockerUsername || !options.dockerPassword || !options.dockerServer) {
      throw new UsageError("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required");
    }
    const { dockerServer = "", dockerUsername: username, dockerPassword: password, dockerEmail: email } = options;
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    const config = { auths: { [dockerServer]: { username, password, ...(email && { email }), auth } } };
    const data = new Map([[CONFIG_KEY, Buffer.from(JSON.stringify(config))]]);
    return secret(name, "kubernetes.io/dockerconfigjson", data, options.appendHash);
  },
};

const withHash = (command: Command) => void command.option("--append-hash", "append a hash of the content to the name");

function secret(given: string, type: string, values: ReadonlyMap<string, Buffer>, appendHash = false): Manifest {
  const data = Object.fromEntries([...values].map(([key, value]) => [key, value.toString("base64")]));
  const content = values.size ? { data } : {};
  const hash = () => contentHash({ kind: "Secret", type, name: given, data: values.size ? data : "" });
  return manifest("v1", "Secret", { name: appendHash ? `${given}-${hash()}` : given }, { ...content, ...(type && { type }) });
}
