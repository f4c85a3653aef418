import type { User } from "../exchange.ts";

/** A resource that someone wants to do something with. */
export interface ResourceAttributes {
  /** Empty for the core group. */
  group: string;
  version: string;
  /** The plural. */
  resource: string;
  subresource: string;
  /** Empty over all namespaces, and outside of them. */
  namespace: string;
  /** Empty when it is about a collection. */
  name: string;
}

/** What someone wants to do: with a resource, or with a path that is none. Source: apiserver `authorizer.Attributes`. */
export type Attributes = { user: User; verb: string } & ({ resource: ResourceAttributes } | { path: string });

/** Whether they may. `denied` settles it; without it and without `allowed` there was just nothing that allows it. */
export interface Decision {
  allowed: boolean;
  denied?: boolean;
  /** For people; empty when there is nothing to say. */
  reason: string;
  /** What could not be found out on the way. */
  evaluationError?: string;
}

/** What someone may do in a namespace. */
export interface Rules {
  resourceRules: { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }[];
  nonResourceRules: { verbs: string[]; nonResourceURLs?: string[] }[];
  /** Whether there may be more than could be listed. */
  incomplete: boolean;
  evaluationError?: string;
}

/** Decides who may do what. Every request goes through one of these, and the access reviews ask the same one. */
export interface Authorizer {
  /** Never rejects because of what is asked: what is in doubt is not allowed. */
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  rulesFor(user: User, namespace: string): Rules | Promise<Rules>;
}
