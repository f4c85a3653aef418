import { UsageError } from "../../errors.ts";
import { list } from "../../flags.ts";
import { type Generator, manifest, nameOf } from "./generator.ts";

interface Options {
  rule?: string[];
  class?: string;
  annotation?: string[];
  defaultBackend?: string;
}

interface Rule {
  host: string;
  path: object;
  tls: { hosts?: string[]; secretName?: string } | undefined;
}

/** `wherry create ingress NAME --rule=host/path=service:port[,tls[=secret]]`. Source: kubectl pkg/cmd/create/create_ingress.go. */
export const ingress: Generator<Options> = {
  usage: "NAME --rule=host/path=service:port[,tls[=secret]]",
  description: "make an ingress",
  declare(command) {
    command
      .option("--rule <rule>", "host/path=service:port[,tls[=secret]]; a path that ends in * is a prefix (repeatable)", list)
      .option("--class <name>", "the ingress class")
      .option("--annotation <key=value>", "an annotation (repeatable)", list)
      .option("--default-backend <service:port>", "where everything else goes");
  },
  generate(words, options) {
    const name = nameOf(words);
    if (!options.rule?.length && !options.defaultBackend) {
      throw new UsageError(
        "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
      );
    }
    const parsed = (options.rule ?? []).map(parseRule);
    const tls = mergeTls(parsed);
    const spec = {
      ...(options.class && { ingressClassName: options.class }),
      ...(options.defaultBackend && { defaultBackend: backend(options.defaultBackend) }),
      ...(parsed.length > 0 && { rules: rulesOf(parsed) }),
      ...(tls.length > 0 && { tls }),
    };
    const annotations = Object.fromEntries((options.annotation ?? []).map(annotation));
    return manifest(
      "networking.k8s.io/v1",
      "Ingress",
      { name, ...(options.annotation?.length && { annotations }) },
      { spec, status: { loadBalancer: {} } },
    );
  },
};

function annotation(text: string): [string, string] {
  const [key, value, ...more] = text.split("=");
  if (!key || value === undefined || more.length) throw new UsageError(`annotation ${text} is invalid and should be in the form key=value`);
  return [key, value];
}

function backend(text: string): object {
  const [name, port = "", ...more] = text.split(":");
  if (!name || !port || more.length) throw new UsageError("backend should have the form servicename:serviceport");
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

const RULE = /^(?<host>[\w*\-.]*)(?<path>\/[\w\-/]*(?<prefix>\*)?)?=(?<service>[\w-]+:[\w-]+)(?<tls>,tls(?:=(?<secret>[\w\-.]+))?)?$/;

function parseRule(text: string): Rule {
  const parts = RULE.exec(text)?.groups;
  if (!parts?.service || (parts.path === undefined && text.startsWith("="))) {
    throw new UsageError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  }
  const { host = "", path = "/", prefix, service, tls, secret } = parts;
  return {
    host,
    path: { path: path.replace(/\*$/, ""), pathType: prefix ? "Prefix" : "Exact", backend: backend(service) },
    tls: tls === undefined ? undefined : { ...(host && { hosts: [host] }), ...(secret && { secretName: secret }) },
  };
}

/** One entry for each secret, with all its hosts; a bare `tls` without a host is nothing. */
function mergeTls(rules: readonly Rule[]): object[] {
  const bySecret = Map.groupBy(
    rules.flatMap((r) => r.tls ?? []).filter((t) => t.hosts || t.secretName),
    (t) => t.secretName ?? "",
  );
  return [...bySecret].map(([secretName, entries]) => {
    const hosts = [...new Set(entries.flatMap((e) => e.hosts ?? []))];
    return { ...(hosts.length > 0 && { hosts }), ...(secretName && { secretName }) };
  });
}

function rulesOf(rules: readonly Rule[]): object[] {
  return [...Map.groupBy(rules, (r) => r.host)].map(([host, all]) => ({ ...(host && { host }), http: { paths: all.map((r) => r.path) } }));
}
