import { configMap } from "./configmap.ts";
import { cronJob } from "./cronjob.ts";
import { deployment } from "./deployment.ts";
import type { Generator } from "./generator.ts";
import { ingress } from "./ingress.ts";
import { job } from "./job.ts";
import { namespace } from "./namespace.ts";
import { podDisruptionBudget } from "./poddisruptionbudget.ts";
import { priorityClass } from "./priorityclass.ts";
import { quota } from "./quota.ts";
import { clusterRoleBinding, roleBinding } from "./rbac-binding.ts";
import { clusterRole, role } from "./rbac-role.ts";
import { genericSecret, registrySecret, tlsSecret } from "./secret.ts";
import { clusterIpService, externalNameService, loadBalancerService, nodePortService } from "./service.ts";
import { serviceAccount } from "./serviceaccount.ts";

/** A subtype, or a group of them: `create secret tls`. */
export type Subtype = Generator | { description: string; members: Readonly<Record<string, Generator>> };

/** The subtypes of `create` by name; aliases behind a bar. `token` is not one of them: it makes no object. */
export const SUBTYPES: Readonly<Record<string, Subtype>> = {
  clusterrole: clusterRole,
  clusterrolebinding: clusterRoleBinding,
  "configmap|cm": configMap,
  "cronjob|cj": cronJob,
  "deployment|deploy": deployment,
  "ingress|ing": ingress,
  job,
  "namespace|ns": namespace,
  "poddisruptionbudget|pdb": podDisruptionBudget,
  "priorityclass|pc": priorityClass,
  "quota|resourcequota": quota,
  role,
  rolebinding: roleBinding,
  secret: { description: "make a secret", members: { generic: genericSecret, tls: tlsSecret, "docker-registry": registrySecret } },
  "service|svc": {
    description: "make a service",
    members: {
      clusterip: clusterIpService,
      nodeport: nodePortService,
      loadbalancer: loadBalancerService,
      externalname: externalNameService,
    },
  },
  "serviceaccount|sa": serviceAccount,
};
