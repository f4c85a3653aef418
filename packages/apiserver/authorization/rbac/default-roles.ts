import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];

const rule = (verbs: string[], apiGroup: string, ...resources: string[]): PolicyRule => ({ verbs, apiGroups: [apiGroup], resources });
const urls = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ["get"], nonResourceURLs });

const CORE = [
  "configmaps",
  "endpoints",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "replicationcontrollers/scale",
  "serviceaccounts",
  "services",
];
const APPS = ["daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"];

/** What may be read, all but secrets and who may do what. Source: bootstrappolicy/policy.go viewRules. */
const VIEW: PolicyRule[] = [
  rule(READ, "", ...CORE, "persistentvolumeclaims/status", "services/status", "pods/log", "pods/status", "replicationcontrollers/status"),
  rule(READ, "", "bindings", "events", "limitranges", "namespaces", "namespaces/status", "resourcequotas", "resourcequotas/status"),
  rule(
    READ,
    "apps",
    ...APPS,
    "controllerrevisions",
    "daemonsets/status",
    "deployments/status",
    "replicasets/status",
    "statefulsets/status",
  ),
  rule(READ, "autoscaling", "horizontalpodautoscalers", "horizontalpodautoscalers/status"),
  rule(READ, "batch", "cronjobs", "cronjobs/status", "jobs", "jobs/status"),
  rule(READ, "discovery.k8s.io", "endpointslices"),
  rule(READ, "networking.k8s.io", "ingresses", "ingresses/status", "networkpolicies"),
  rule(READ, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status"),
];

/** What works in a namespace. Source: editRules. */
const EDIT: PolicyRule[] = [
  ...VIEW,
  rule(READ, "", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"),
  rule(["impersonate"], "", "serviceaccounts"),
  rule(WRITE, "", ...CORE, "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"),
  rule(["create"], "", "pods/eviction", "serviceaccounts/token"),
  rule(WRITE, "", "events"),
  rule(WRITE, "apps", ...APPS, "deployments/rollback"),
  rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
  rule(WRITE, "batch", "cronjobs", "jobs"),
  rule(WRITE, "networking.k8s.io", "ingresses", "networkpolicies"),
  rule(WRITE, "policy", "poddisruptionbudgets"),
  rule([...READ, ...WRITE], "coordination.k8s.io", "leases"),
];

/** And lets others do so. Source: adminRules. */
const ADMIN: PolicyRule[] = [
  ...EDIT,
  rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
  rule([...READ, ...WRITE], "rbac.authorization.k8s.io", "rolebindings", "roles"),
];

const ROLES: Readonly<Record<string, PolicyRule[]>> = {
  "cluster-admin": [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ],
  admin: ADMIN,
  edit: EDIT,
  view: VIEW,
  "system:basic-user": [
    rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
    rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
  ],
  "system:discovery": [
    urls("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"),
  ],
  "system:public-info-viewer": [urls("/healthz", "/livez", "/readyz", "/version", "/version/")],
  "system:service-account-issuer-discovery": [
    urls("/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"),
  ],
  "system:auth-delegator": [
    rule(["create"], "authentication.k8s.io", "tokenreviews"),
    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
  ],
};

/** Which group has which role from the start. */
const BINDINGS: Readonly<Record<string, string>> = {
  "cluster-admin": "system:masters",
  "system:basic-user": "system:authenticated",
  "system:discovery": "system:authenticated",
  "system:public-info-viewer": "system:authenticated",
  "system:service-account-issuer-discovery": "system:serviceaccounts",
};

const metadata = (name: string) => ({
  name,
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
});

/** The roles that every cluster has. Source: bootstrappolicy/policy.go. */
export const DEFAULT_ROLES: readonly NewObject<ClusterRole>[] = Object.entries(ROLES).map(([name, rules]) => ({
  metadata: metadata(name),
  rules,
}));

/** The bindings that every cluster has. */
export const DEFAULT_BINDINGS: readonly NewObject<ClusterRoleBinding>[] = Object.entries(BINDINGS).map(([name, group]) => ({
  metadata: metadata(name),
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
  subjects: [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: group }],
}));
