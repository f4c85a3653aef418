export type { TokenAuthenticator, TokenOwner } from "./authenticate.ts";
export type { Attributes, Authorizer, Decision, Rules } from "./authorization/authorizer.ts";
export type { User } from "./exchange.ts";
export type { HealthCheck } from "./health.ts";
export type { TlsOptions } from "./http/listen.ts";
export type { Descriptions } from "./openapi/schemas.ts";
export { type ApiServer, type ApiServerOptions, createApiServer } from "./server.ts";
export type { ServiceAccountOptions } from "./service-accounts/issuer.ts";
