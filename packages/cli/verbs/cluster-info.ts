import { Service } from "@wherry/api";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import type { Verb } from "../verb.ts";
import { dump } from "./cluster-info/dump.ts";

/** `wherry cluster-info`. */
export const verb: Verb = {
  description: "say where the control plane answers",
  client: true,
  async run(_, options: ConnectionOptions, { write }) {
    const connection = await connect(options);
    try {
      write(`${line("Kubernetes control plane", connection.server)}`);
      for (const service of await clusterServices(connection)) write(line(nameOf(service), addressOf(connection, service)));
      write("\nTo further debug and diagnose cluster problems, use 'wherry cluster-info dump'.\n");
    } finally {
      connection.close();
    }
  },
  verbs: { dump },
};

/** In colour, as kubectl prints it, wherever it goes. */
const line = (what: string, where: string): string => `\x1b[0;32m${what}\x1b[0m is running at \x1b[0;33m${where}\x1b[0m\n`;

/** The services that are part of the cluster itself; none where there is nobody to tell. */
async function clusterServices({ client }: Connection): Promise<Service[]> {
  return (await client.list(Service, { namespace: "kube-system", labelSelector: "kubernetes.io/cluster-service=true" })).items;
}

const nameOf = ({ metadata }: Service): string => metadata.labels?.["kubernetes.io/name"] ?? metadata.name;

function addressOf({ server }: Connection, { metadata, spec, status }: Service): string {
  const ingress = status?.loadBalancer?.ingress?.[0];
  if (ingress) return (spec.ports ?? []).map(({ port }) => `http://${ingress.ip ?? ingress.hostname}:${port}`).join(" ");
  const port = spec.ports?.[0];
  const scheme = port && (port.port === 443 || port.name?.endsWith("https")) ? "https:" : "";
  return `${server}/api/v1/namespaces/${metadata.namespace}/services/${scheme}${metadata.name}:${port?.name ?? ""}/proxy`.replace(
    /:\/proxy$/,
    "/proxy",
  );
}
