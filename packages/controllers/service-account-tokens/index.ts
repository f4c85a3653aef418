import { Secret, ServiceAccount } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { TokenKey } from "@wherry/pki";
import { ACCOUNT_NAME, filledSecret, isTokenOf, TOKEN_TYPE, type TokenSource } from "./plan.ts";

const BY_ACCOUNT = "token-of-account";

/**
 * Fills Secrets of type `kubernetes.io/service-account-token` with a token of their account, and deletes them with it. Source:
 * pkg/controller/serviceaccount/tokens_controller.go.
 * @param options.privateKey signs the tokens: P-256, as PEM
 * @param options.caCertificate the PEM that goes with each token
 */
export function serviceAccountTokensController(options: { privateKey: string; caCertificate: string }): Controller {
  const source: TokenSource = { key: new TokenKey(options.privateKey), caCertificate: options.caCertificate };
  return {
    name: "serviceaccount-token-controller",
    watches: [
      watchOf({ kind: Secret, indexes: { [BY_ACCOUNT]: accountOf }, wakes: (secret) => (isToken(secret) ? [keyOf(secret)] : []) }),
      watchOf({
        kind: ServiceAccount,
        wakes: (account, { previous, gone }, ctx) =>
          previous && !gone ? [] : ctx.lister(Secret).byIndex(BY_ACCOUNT, keyOf(account)).map(keyOf),
      }),
    ],
    reconcile: (key, ctx) => reconcile(key, ctx, source),
  };
}

const isToken = ({ type }: Secret) => type === TOKEN_TYPE;

/** The key of the account that a Secret is for. */
function accountOf(secret: Secret): string[] {
  const name = secret.metadata.annotations?.[ACCOUNT_NAME];
  return isToken(secret) && name ? [`${secret.metadata.namespace}/${name}`] : [];
}

async function reconcile(key: string, ctx: ControllerContext, source: TokenSource): Promise<void> {
  const { name, namespace = "" } = splitKey(key);
  const secret = ctx.lister(Secret).get(name, namespace);
  if (!secret || !isToken(secret) || secret.metadata.deletionTimestamp) return;
  const account = await findAccount(ctx, namespace, secret.metadata.annotations?.[ACCOUNT_NAME] ?? "");
  if (!account || !isTokenOf(secret, account)) {
    const preconditions = { uid: secret.metadata.uid };
    await ctx.client.delete(Secret, { name, namespace }, { preconditions });
    return;
  }
  const filled = filledSecret(secret, account, source);
  if (filled !== secret) ctx.wrote(Secret, await ctx.client.update(Secret, filled));
}

/** An account that no cache has yet is asked for: its Secret would be deleted. */
async function findAccount(ctx: ControllerContext, namespace: string, name: string): Promise<ServiceAccount | undefined> {
  const cached = ctx.lister(ServiceAccount).get(name, namespace);
  if (cached || !name) return cached;
  try {
    return await ctx.client.get(ServiceAccount, { name, namespace });
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}
