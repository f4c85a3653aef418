import type { FieldError } from "./field-error.ts";
import type { ApiObject } from "./object.ts";
import type { SchemaFindings } from "./schema-walk/conform.ts";

/** A cell of a printed table. */
export type Cell = string | number | boolean | null;

/** One column of what `kubectl get` prints. Source: apimachinery `metav1.TableColumnDefinition`. */
export interface Column<O extends ApiObject> {
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "date";
  format?: string;
  /** 0 is always shown; more only with `-o wide`. */
  priority?: number;
  description?: string;
  /** `now` is milliseconds since the epoch: ages are rendered by the server. */
  value(o: O, now: number): Cell;
}

/** What may be done with a resource. */
export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/**
 * A part of an object with a path of its own.
 * - `status`: reads and writes the same object, but only what `keep` of the kind says.
 * - `scale`: the object seen as an autoscaling/v1 Scale through these paths.
 * - `connect`: anything else (binding, log, exec ...): declared here, so that discovery lists it; the API server has a handler by
 *   this name.
 */
export type Subresource =
  | { type: "status" }
  | { type: "scale"; specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string }
  | { type: "connect"; verbs: readonly Verb[]; kind: string; group?: string; version?: string };

/** Reads a field for a selector. (Written as a method, so that a `KindDefinition<Pod>` is a `KindDefinition`.) */
export type FieldReader<O extends ApiObject> = { read(o: O): string }["read"];

/** Who asks. Source: apiserver `user.Info`. */
export interface Requester {
  name: string;
  groups: readonly string[];
  uid?: string;
  /** More that is known about them, by keys such as `authentication.kubernetes.io/pod-name`. */
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** Why a write happens, for hooks that care. */
export interface WriteContext {
  /** Milliseconds since the epoch. */
  now: number;
  /** Absent on the main resource. */
  subresource?: string;
  /** Who writes; absent where it is the server's own doing. */
  user?: Requester;
}

/**
 * How a version of a resource that is not the stored one becomes the stored one, and back. Without the two functions the versions differ by
 * their `apiVersion` only. Both make new objects and leave their argument alone (parts may be shared); `fromStored` of `toStored` loses
 * nothing that the version can say, nor does `toStored` of `fromStored` of what the stored version can say.
 */
export interface StoredForm<O extends ApiObject = ApiObject> {
  readonly kind: KindDefinition;
  toStored?(o: O): ApiObject;
  fromStored?(stored: ApiObject): O;
}

/**
 * How the versions of a resource become one another where somebody outside this process does it. Each version prepares, checks and shows objects by
 * itself; they change versions on their way to the store and back.
 */
export interface Conversion {
  /** What is written is stored in this version; what was stored before may be of others. */
  readonly stored: KindDefinition;
  /** The `apiVersion`s that stored objects may have. */
  readonly versions: readonly string[];
  /**
   * Gives the objects in another version, in their order: new ones, whose metadata differ in labels and annotations at most. It takes its time, though a bounded one.
   * Rejects with a StatusError when it can't be done.
   */
  convert(objects: readonly ApiObject[], apiVersion: string): Promise<ApiObject[]>;
}

/**
 * Everything the generic path needs to serve a kind: data, and small pure hooks. One kind is one file in
 * `packages/api/kinds/<group>/<kind>.ts`. Hooks that change an object get a private draft.
 *
 * Order on create: schema check, `prepareForCreate`, `defaults`, `validate`, `validateCreate`. On update: schema check, `prepareForUpdate`, `defaults`,
 * `validate`, `validateUpdate`. `defaults` is idempotent.
 *
 * A resource with several versions has one definition for each. One of them is stored; the others say so with `storedAs`. Of such a version
 * `defaults` runs before the conversion, and `validate`, `validateCreate`, `validateUpdate` and `warnings` stand in for the stored kind's where it
 * has them; everything that prepares a write is the stored kind's.
 */
export interface KindDefinition<O extends ApiObject = ApiObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The resource in URLs: lower case. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** Name of the schema in the registry's definitions. */
  readonly schema: string;
  /** Set on a served version that is not the stored one. */
  readonly storedAs?: StoredForm<O>;
  /** Set on all versions, the stored one as well, where somebody outside converts them; never beside `storedAs`. */
  readonly conversion?: Conversion;
  /** All of them when absent. A stored kind that has none is not served itself: only other versions of it are. */
  readonly verbs?: readonly Verb[];
  /** Nothing is stored: an object is a question that the API server answers, or is made when it is read. `verbs` says which. */
  readonly virtual?: true;
  /** Made by a CustomResourceDefinition while the server runs: it has no strategic merge, and may go again. */
  readonly custom?: true;

  /** A version that is on its way out: every answer carries this as a Warning. */
  readonly deprecation?: string;

  /** Loads what the hooks below need and is too heavy to be there always. Awaited before each request that writes. */
  load?(): Promise<void>;
  /** Takes the place of the check against `schema`: gives the object as it may be stored, and what was wrong with it. */
  decode?(value: Record<string, unknown>): SchemaFindings & { value: unknown };
  /** Brings an object that was stored by an older definition into the form of this one. Changes nothing; gives the same object when it fits. */
  refresh?(stored: O): O;
  /** The schema as OpenAPI v3 shows it, where it says more than `schema` does. */
  openApi?(): object;

  defaults?(o: O): void;
  validate?(o: O): FieldError[];
  /** What only a new object must be. */
  validateCreate?(o: O): FieldError[];
  validateUpdate?(next: O, prev: O, context: WriteContext): FieldError[];
  prepareForCreate?(o: O, context: WriteContext): void;
  prepareForUpdate?(next: O, prev: O, context: WriteContext): void;
  /** Warnings a client gets, such as a deprecated or not honoured field. */
  warnings?(o: O): string[];

  /** Field selectors besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields?: Readonly<Record<string, FieldReader<O>>>;
  readonly columns: readonly Column<O>[];
  readonly subresources?: Readonly<Record<string, Subresource>>;

  /** Deletion that takes time, such as a pod's: the seconds to grant, or 0 to delete at once. Absent: always at once. */
  gracePeriodSeconds?(o: O, requested: number | undefined): number;
  /** Finalizers may be any qualified name. Source: upstream asks for more only where core's own validation is used. */
  readonly anyFinalizer?: true;
  /** A finalizer that every object gets when its deletion is asked for. */
  readonly deletionFinalizer?: string;
  /** When deletion begins, after the metadata says so: a Namespace's phase becomes Terminating. */
  prepareForDelete?(o: O): void;
  /** A delete that is done answers the object as it was; absent: a Status. Source: apiserver `registry.Store.ReturnDeletedObject`. */
  readonly returnsDeleted?: boolean;
  /** `metadata.name` rule; DNS-1123 subdomain when absent. Gives what is wrong, in Kubernetes' words. */
  validateName?(name: string): string[];
  /** Whether the object's `generation` is kept: true for kinds with a spec. */
  readonly hasGeneration?: boolean;
  /** What begins a new generation; a change of anything but the metadata and the status when absent. */
  isNewGeneration?(next: O, prev: O): boolean;
  /** Metadata that a write of the status leaves alone, besides finalizers and owners. Source: `PrepareForUpdate` of the kind's status strategy. */
  readonly statusKeeps?: readonly ("annotations" | "labels")[];
  /** Finalizing through `spec.finalizers`, as a Namespace does. */
  readonly specFinalizers?: boolean;

  /** A PUT on a name that is not there creates the object. Source: `AllowCreateOnUpdate` of the kind's strategy. */
  readonly allowCreateOnUpdate?: boolean;
  /** False: an update must say which resourceVersion it was made from. Source: `AllowUnconditionalUpdate` of the kind's strategy. */
  readonly allowUnconditionalUpdate?: boolean;
  /**
   * What becomes of dependents when a delete does not say: `Background` when absent. `Unsupported` kinds have none, and deletion never waits for
   * them. Source: `DefaultGarbageCollectionPolicy` of the kind's strategy.
   */
  readonly defaultPropagation?: "Orphan" | "Unsupported";
  /** What a delete that does not say what becomes of dependents is warned of. */
  readonly orphanWarning?: string;
}

/** `apps/v1`, or `v1` in the core group. */
export function apiVersionOf(k: { group: string; version: string }): string {
  return k.group ? `${k.group}/${k.version}` : k.version;
}

/** Gives a definition its object type. */
export function defineKind<O extends ApiObject>(definition: KindDefinition<O>): KindDefinition<O> {
  return definition;
}
