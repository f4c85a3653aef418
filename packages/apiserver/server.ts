import type { Node } from "@wherry/api";
import type { Clock, Logger } from "@wherry/base";
import type { Transport } from "@wherry/client";
import type { Registry } from "@wherry/machinery";
import { autoCompact, type RetentionPolicy, type Store } from "@wherry/store";
import { claimResize } from "./admission/claim-resize.ts";
import { defaultIngressClass } from "./admission/default-ingress-class.ts";
import { defaultStorageClass } from "./admission/default-storage-class.ts";
import { limitRanger } from "./admission/limit-ranger.ts";
import { namespaceLifecycle } from "./admission/namespace-lifecycle.ts";
import { priority } from "./admission/priority.ts";
import { serviceAccount } from "./admission/service-account.ts";
import { storageProtection } from "./admission/storage-protection.ts";
import { Authenticator, firstOf, type TokenAuthenticator } from "./authenticate.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import { RbacAuthorizer } from "./authorization/rbac/authorizer.ts";
import { serviceAccountsByRbac } from "./authorization/service-accounts-by-rbac.ts";
import { bootstrap } from "./bootstrap/bootstrap.ts";
import { CustomResources } from "./custom-resources/custom-resources.ts";
import { LiveRegistry } from "./custom-resources/live-registry.ts";
import { Discovery } from "./discovery/index.ts";
import { Dispatch } from "./dispatch.ts";
import { expireEvents } from "./event-expiry.ts";
import type { User } from "./exchange.ts";
import type { HealthCheck } from "./health.ts";
import { createHttpServer, portOf, type TlsOptions } from "./http/listen.ts";
import { inProcessTransport } from "./in-process.ts";
import { Metrics } from "./metrics.ts";
import type { Descriptions } from "./openapi/schemas.ts";
import { OpenApi } from "./openapi/v3.ts";
import { splitProxyPath } from "./request-info.ts";
import type { RestContext } from "./rest/context.ts";
import type { WriteStage } from "./rest/write-stage.ts";
import { ServiceAccountAuthenticator } from "./service-accounts/authenticator.ts";
import { Issuer, type ServiceAccountOptions } from "./service-accounts/issuer.ts";
import { openidPages } from "./service-accounts/openid.ts";
import { tokenRequests } from "./service-accounts/token-request.ts";
import { ServiceAddresses } from "./service-addresses/service-addresses.ts";
import { type AgentCredentials, AgentLink } from "./subresources/agent-link.ts";
import { bind, createBinding } from "./subresources/binding.ts";
import { evict } from "./subresources/eviction.ts";
import { finalize } from "./subresources/finalize.ts";
import { podLog } from "./subresources/log.ts";
import { PodStreams, withoutUpgrade } from "./subresources/pod-streams.ts";
import { RequestProxy } from "./subresources/proxy/proxy.ts";
import { versionInfo } from "./version.ts";
import { accessReviews } from "./virtual/access-reviews.ts";
import { componentStatuses } from "./virtual/component-status.ts";
import { selfSubjectReviews } from "./virtual/self-subject-review.ts";
import { tokenReviews } from "./virtual/token-review.ts";
import { WatchCache } from "./watch-cache/watch-cache.ts";
import { clusterIPResolver } from "./webhooks/service-resolver.ts";
import { WebhookClient } from "./webhooks/webhook-client.ts";

export interface ApiServerOptions {
  store: Store;
  registry: Registry;
  clock: Clock;
  log: Logger;
  /** Absent: plain HTTP, and nobody has credentials but callers in this process. */
  tls?: TlsOptions;
  /** Range of cluster IPs, such as `10.96.0.0/16`. */
  serviceCIDR: string;
  /** Inclusive; 30000-32767 when absent. */
  nodePortRange?: { from: number; to: number };
  /** Wherry's own version. */
  version: string;
  /** `host:port` that clients in the cluster reach the server at; also the endpoint of the `kubernetes` service. */
  advertise?: { address: string; port: number };
  /** How the server proves to agents who it is. PEM. Without it logs and exec are unavailable. */
  agentClient?: AgentCredentials;
  /** Finds the owners of bearer tokens that are not of service accounts; without it those are refused. */
  authenticateToken?: TokenAuthenticator;
  /** How tokens of service accounts are made and known; without it there are none. */
  serviceAccounts?: ServiceAccountOptions;
  /** Whether pods get their service account's token: something has to make the accounts, and `kube-root-ca.crt`. Not when absent. */
  mountTokens?: boolean;
  /** Decides who may do what; when absent, service accounts may do what roles and bindings let them, and everyone else with valid credentials everything. */
  authorizer?: Authorizer;
  /** Texts for `kubectl explain`, loaded when asked for; those of the built-in kinds when absent. */
  descriptions?: () => Promise<Descriptions>;
  /** How much history is kept for watches and paged lists; `defaultRetention` when absent. */
  retention?: Partial<RetentionPolicy>;
  /** The parts of the control plane that ComponentStatus tells of, besides the store. */
  components?: readonly HealthCheck[];
  /** More things that /readyz asks. */
  checks?: readonly HealthCheck[];
}

/** A running API server. */
export interface ApiServer {
  /** Opens the API to the network. Rejects when the port is taken. Port 0 picks a free one. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** The API for a caller in this process. */
  transport(user: User): Transport;
  /** Ends watches and connections, and stops following the store. The store itself is the caller's to close. Idempotent. */
  close(): Promise<void>;
}

/** Reads the store, makes the objects that every cluster has, and is then ready to serve. Rejects when the store cannot be read. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, registry, clock, log } = options;
  const cache = new WatchCache({ store, kinds: registry.kinds, clock, log });
  await cache.start();
  const live = new LiveRegistry(registry);
  const context = contextOf(options, cache, live);
  const definitions = registry.byResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  const webhooks = new WebhookClient(clusterIPResolver({ registry, cache }), clock);
  const customs = definitions && new CustomResources(context, live, definitions, webhooks);
  await prepare(context, options, customs).catch(async (error: unknown) => {
    await cache.close();
    throw error;
  });
  const link = new AgentLink(options.agentClient, (name) => nodeByName(context, name));
  const streams = new PodStreams(context, link);
  const proxy = new RequestProxy(context, link);
  const issuer = options.serviceAccounts && new Issuer(options.serviceAccounts);
  const tokens = tokenAuthenticator(context, issuer, options.authenticateToken);
  const dispatch = makeDispatch(options, context, link, issuer, tokens);
  const authenticator = new Authenticator(clock, tokens);
  const http = createHttpServer({
    tls: options.tls,
    dispatch,
    authenticator,
    log,
    tunnel: (request) => (splitProxyPath(request.path) ? proxy.tunnel(request) : streams.tunnel(request)),
  });
  const stop = new AbortController();
  const chores = startChores(options, cache, stop.signal);
  return {
    async listen({ host, port }) {
      await http.listen({ host, port });
      return { port: portOf(http) };
    },
    transport: (user) => inProcessTransport(dispatch, user, (request, protocols) => streams.open(request, protocols)),
    async close() {
      stop.abort(new Error("the API server is closing"));
      webhooks.close();
      await Promise.all([...chores, customs?.close()]);
      await cache.close();
      link.close();
      await http.close();
    },
  };
}

function contextOf(options: ApiServerOptions, cache: WatchCache, live: LiveRegistry): RestContext {
  const { store, clock, log } = options;
  const stages = stagesOf(options, cache);
  const rbac = new RbacAuthorizer({
    cache,
    get registry() {
      return live.current;
    },
  });
  return {
    ...{ store, cache, clock, log, stages, authorizer: options.authorizer ?? serviceAccountsByRbac(rbac) },
    get registry() {
      return live.current;
    },
  };
}

/** Everything that must be there before the first request. */
async function prepare(context: RestContext, options: ApiServerOptions, customs: CustomResources | undefined): Promise<void> {
  await bootstrap(context, options);
  await customs?.start();
}

function tokenAuthenticator(context: RestContext, issuer: Issuer | undefined, more: TokenAuthenticator | undefined): TokenAuthenticator {
  const accounts = issuer && new ServiceAccountAuthenticator(context, issuer);
  return firstOf([...(accounts ? [accounts.authenticate.bind(accounts)] : []), ...(more ? [more] : [])]);
}

function makeDispatch(
  options: ApiServerOptions,
  context: RestContext,
  link: AgentLink,
  issuer: Issuer | undefined,
  tokens: TokenAuthenticator,
): Dispatch {
  const { cache } = context;
  const registry = () => context.registry;
  const version = versionInfo(options.version);
  const { address, port } = options.advertise ?? { address: "127.0.0.1", port: 6443 };
  const metrics = new Metrics();
  const storeCheck: HealthCheck = { name: "etcd-0", live: false, run: () => cache.fresh() };
  metrics.watchCache(cache);
  const proxy = new RequestProxy(context, link);
  return new Dispatch({
    context,
    connect: {
      ...{ binding: bind, eviction: evict, finalize, token: tokenRequests(issuer) },
      proxy: (_, call) => proxy.serve(call),
      ...{ log: podLog(link), attach: withoutUpgrade, exec: withoutUpgrade, portforward: withoutUpgrade },
    },
    own: { Binding: createBinding, ComponentStatus: componentStatuses([storeCheck, ...(options.components ?? [])]) },
    virtual: { ...accessReviews(context.authorizer), ...selfSubjectReviews, ...tokenReviews(tokens) },
    pages: issuer ? openidPages(issuer, `${address}:${port}`) : {},
    discovery: new Discovery(registry, `${address}:${port}`),
    openapi: new OpenApi({ registry, version: version.gitVersion, descriptions: options.descriptions ?? builtinDescriptions }),
    metrics,
    checks: [{ name: "ping", live: true, run: () => {} }, { ...storeCheck, name: "store" }, ...(options.checks ?? [])],
    version,
  });
}

/** What the server does by itself until the signal aborts. */
function startChores(
  { store, registry, clock, log, retention }: ApiServerOptions,
  cache: WatchCache,
  signal: AbortSignal,
): Promise<void>[] {
  const chores = [autoCompact({ store, clock, log, signal, ...(retention && { policy: retention }) })];
  const events = registry.byKind("v1", "Event");
  if (events) chores.push(expireEvents({ cache: cache.resource(events), store, clock, log, signal }));
  return chores;
}

async function builtinDescriptions(): Promise<Descriptions> {
  return (await import("@wherry/api/descriptions.ts")).loadDescriptions();
}

function nodeByName({ registry, cache }: RestContext, name: string): Node | undefined {
  const kind = registry.byKind("v1", "Node");
  const nodes = kind && cache.resource(kind);
  return nodes?.get(nodes.root + name)?.object() as Node | undefined;
}

const NODE_PORTS = { from: 30_000, to: 32_767 };

/** What has a say in writes. Order matters: what refuses comes before what allocates. */
function stagesOf(options: ApiServerOptions, cache: WatchCache): WriteStage[] {
  const { registry, serviceCIDR, nodePortRange: nodePorts = NODE_PORTS } = options;
  const stages: WriteStage[] = [
    namespaceLifecycle(registry, cache),
    defaultIngressClass(registry, cache),
    defaultStorageClass(registry, cache),
    storageProtection(registry),
    claimResize(registry, cache),
    ...(options.mountTokens ? [serviceAccount(registry, cache)] : []),
    priority(registry, cache),
    limitRanger(registry, cache),
  ];
  const kind = registry.byKind("v1", "Service");
  if (kind) stages.push(new ServiceAddresses({ serviceCIDR, nodePorts, kind, cache: cache.resource(kind) }));
  return stages;
}
