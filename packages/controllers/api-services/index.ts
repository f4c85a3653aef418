import { APIService, CustomResourceDefinition } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";

const BY_GROUP = "definitions-of-group";
const MANAGED = "kube-aggregator.kubernetes.io/automanaged";
/** Behind everything that is built in. */
const PRIORITIES = { groupPriorityMinimum: 1000, versionPriority: 100 };

/**
 * Lists every group and version that a CustomResourceDefinition serves as an APIService, and takes it off the list with the last of them. Source: upstream's
 * `controlplane/controller/crdregistration`, kube-aggregator's `autoregister`.
 */
export function apiServiceController(): Controller {
  return {
    name: "crd-registration-controller",
    watches: [
      watchOf({
        kind: CustomResourceDefinition,
        indexes: { [BY_GROUP]: groupOf },
        wakes: (crd, { previous }) => [...servicesOf(crd), ...(previous ? servicesOf(previous) : [])],
      }),
      watchOf({ kind: APIService, wakes: (service) => (isManaged(service) ? [service.metadata.name] : []) }),
    ],
    reconcile,
  };
}

const groupOf = (crd: CustomResourceDefinition) => [crd.spec.group];
const servicesOf = ({ spec }: CustomResourceDefinition) => spec.versions.map((v) => `${v.name}.${spec.group}`);
const isManaged = ({ metadata }: APIService) => metadata.labels?.[MANAGED] === "true";

async function reconcile(name: string, ctx: ControllerContext): Promise<void> {
  const dot = name.indexOf(".");
  const [version, group] = [name.slice(0, dot), name.slice(dot + 1)];
  const definitions = ctx.lister(CustomResourceDefinition).byIndex(BY_GROUP, group);
  const served = definitions.some(({ spec }) => spec.versions.some((v) => v.name === version && v.served));
  const service = ctx.lister(APIService).get(name);
  if (served === (service !== undefined) || (service && !isManaged(service))) return;
  if (service) return remove(service, ctx);
  const metadata = { name, labels: { [MANAGED]: "true" } };
  ctx.wrote(APIService, await ctx.client.create(APIService, { metadata, spec: { group, version, ...PRIORITIES } }));
}

async function remove({ metadata: { name, uid } }: APIService, ctx: ControllerContext): Promise<void> {
  try {
    ctx.wrote(APIService, await ctx.client.delete(APIService, { name }, { preconditions: { uid } }));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
