import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding } from "@wherry/api";
import { apiVersionOf, type KindDefinition } from "@wherry/machinery";
import type { User } from "../../exchange.ts";
import type { RestContext } from "../../rest/context.ts";
import type { Attributes, Authorizer, Decision, Rules } from "../authorizer.ts";
import { isSubject, ruleAllows } from "./rules.ts";

type Binding = ClusterRoleBinding | RoleBinding;

/** A rule, and the words that tell whose it is. */
interface Granted {
  rule: PolicyRule;
  reason: string;
}

/** Decides by the roles and bindings that the server has at that moment. Nothing is allowed that none of them allows. Source: plugin/pkg/auth/authorizer/rbac. */
export class RbacAuthorizer implements Authorizer {
  readonly #context: Pick<RestContext, "cache" | "registry">;

  constructor(context: Pick<RestContext, "cache" | "registry">) {
    this.#context = context;
  }

  authorize(attributes: Attributes): Decision {
    const missing: string[] = [];
    const namespace = "resource" in attributes ? attributes.resource.namespace : "";
    for (const { rule, reason } of this.#granted(attributes.user, namespace, missing))
      if (ruleAllows(rule, attributes)) return { allowed: true, reason };
    return { allowed: false, reason: missing.length > 0 ? `RBAC: ${missing.join(", ")}` : "" };
  }

  rulesFor(user: User, namespace: string): Rules {
    const missing: string[] = [];
    const rules = [...this.#granted(user, namespace, missing)].map(({ rule }) => rule);
    return {
      resourceRules: rules
        .filter((rule) => rule.resources?.length)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          ...(apiGroups && { apiGroups }),
          ...(resources && { resources }),
          ...(resourceNames && { resourceNames }),
        })),
      nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) => (nonResourceURLs?.length ? [{ verbs, nonResourceURLs }] : [])),
      incomplete: missing.length > 0,
      ...(missing.length > 0 && { evaluationError: missing.join(", ") }),
    };
  }

  *#granted(user: User, namespace: string, missing: string[]): Generator<Granted> {
    for (const binding of this.#objects(ClusterRoleBinding)) yield* this.#ofBinding(binding, user, "", missing);
    if (namespace) for (const binding of this.#objects(RoleBinding, namespace)) yield* this.#ofBinding(binding, user, namespace, missing);
  }

  *#ofBinding(binding: Binding, user: User, namespace: string, missing: string[]): Generator<Granted> {
    const { roleRef, subjects = [], metadata } = binding;
    const subject = subjects.find((one) => isSubject(one, user, namespace));
    if (!subject) return;
    const role = this.#role(roleRef.kind, roleRef.name, namespace);
    if (!role) missing.push(`${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleRef.name)} not found`);
    const where = namespace ? `${metadata.name}/${namespace}` : metadata.name;
    const whom = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
    const kind = namespace ? RoleBinding.kind : ClusterRoleBinding.kind;
    const reason = `RBAC: allowed by ${kind} ${JSON.stringify(where)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(whom)}`;
    for (const rule of role?.rules ?? []) yield { rule, reason };
  }

  #role(kind: string, name: string, namespace: string): Role | ClusterRole | undefined {
    const definition: KindDefinition = kind === Role.kind ? Role : ClusterRole;
    const resource = this.#resource(definition);
    const key = definition === Role ? `${namespace}/${name}` : name;
    return resource?.get(`${resource.root}${key}`)?.object() as unknown as Role | undefined;
  }

  *#objects<O extends Binding>(kind: KindDefinition<O>, namespace?: string): Generator<O> {
    const resource = this.#resource(kind as KindDefinition);
    if (!resource) return;
    for (const item of resource.items(resource.prefix(namespace))) yield item.object() as unknown as O;
  }

  /** Undefined where the kind is not served. */
  #resource(kind: KindDefinition) {
    const served = this.#context.registry.byKind(apiVersionOf(kind), kind.kind);
    return served && this.#context.cache.resource(served);
  }
}
