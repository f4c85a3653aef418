import { UsageError } from "../../errors.ts";
import { commaList } from "../../flags.ts";
import { type Generator, manifest, nameOf } from "./generator.ts";

/** The flags that name who is bound. */
export interface SubjectOptions {
  user?: string[];
  group?: string[];
  serviceaccount?: string[];
}

/** Declares the flags of SubjectOptions. */
export function declareSubjects(command: Parameters<NonNullable<Generator["declare"]>>[0]): void {
  command
    .option("--user <name>", "a user (repeatable)", commaList)
    .option("--group <name>", "a group (repeatable)", commaList)
    .option("--serviceaccount <namespace:name>", "a service account (repeatable)", commaList);
}

/** The flags as RBAC subjects: users, groups, service accounts. Throws a UsageError where a service account has no namespace. */
export function subjectsOf(options: SubjectOptions): object[] {
  const apiGroup = "rbac.authorization.k8s.io";
  return [
    ...(options.user ?? []).map((name) => ({ apiGroup, kind: "User", name })),
    ...(options.group ?? []).map((name) => ({ apiGroup, kind: "Group", name })),
    ...(options.serviceaccount ?? []).map(serviceAccount),
  ];
}

function serviceAccount(text: string): object {
  const [namespace, name, ...more] = text.split(":");
  if (!namespace || !name || more.length) throw new UsageError("serviceaccount must be <namespace>:<name>");
  return { kind: "ServiceAccount", name, namespace };
}

interface RoleBinding extends SubjectOptions {
  clusterrole?: string;
  role?: string;
}

/** `wherry create rolebinding NAME --clusterrole=NAME|--role=NAME`. */
export const roleBinding: Generator<RoleBinding> = {
  usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]",
  description: "bind a role within a namespace",
  declare(command) {
    command.option("--clusterrole <name>", "a cluster role").option("--role <name>", "a role of the namespace");
    declareSubjects(command);
  },
  generate(words, options) {
    const name = nameOf(words);
    if (!options.clusterrole === !options.role) throw new UsageError("exactly one of clusterrole or role must be specified");
    return binding("RoleBinding", name, options.role ? "Role" : "ClusterRole", (options.role ?? options.clusterrole) as string, options);
  },
};

/** `wherry create clusterrolebinding NAME --clusterrole=NAME`. */
export const clusterRoleBinding: Generator<RoleBinding> = {
  usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]",
  description: "bind a cluster role in the whole cluster",
  declare(command) {
    command.option("--clusterrole <name>", "the cluster role");
    declareSubjects(command);
  },
  generate(words, options) {
    const name = nameOf(words);
    if (!options.clusterrole) throw new UsageError('required flag(s) "clusterrole" not set');
    return binding("ClusterRoleBinding", name, "ClusterRole", options.clusterrole, options);
  },
};

function binding(kind: string, name: string, roleKind: string, roleName: string, options: SubjectOptions) {
  const subjects = subjectsOf(options);
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: roleKind, name: roleName };
  return manifest("rbac.authorization.k8s.io/v1", kind, { name }, { roleRef, ...(subjects.length > 0 && { subjects }) });
}
