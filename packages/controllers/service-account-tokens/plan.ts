import type { Secret, ServiceAccount } from "@wherry/api";
import type { TokenKey } from "@wherry/pki";

export const TOKEN_TYPE = "kubernetes.io/service-account-token";
export const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";
const PREFIX = "kubernetes.io/serviceaccount/";

/** What a token's Secret is filled with. */
export interface TokenSource {
  key: TokenKey;
  /** PEM. */
  caCertificate: string;
}

/** Whether a Secret is for a token of this account, and not of a former one of the same name. */
export function isTokenOf(secret: Secret, account: ServiceAccount): boolean {
  const { annotations = {} } = secret.metadata;
  const uid = annotations[ACCOUNT_UID];
  return annotations[ACCOUNT_NAME] === account.metadata.name && (!uid || uid === account.metadata.uid);
}

/**
 * The Secret with what is missing in it: the token, which has no end, the CA, the namespace, and the account's uid. The very same Secret when nothing is.
 * Source: upstream's `serviceaccount/tokens_controller.go`, `serviceaccount/legacy.go`.
 */
export function filledSecret(secret: Secret, account: ServiceAccount, { key, caCertificate }: TokenSource): Secret {
  const { name, namespace = "" } = secret.metadata;
  const { uid } = account.metadata;
  const wanted = {
    ...secret.data,
    "ca.crt": base64(caCertificate),
    namespace: base64(namespace),
    token: secret.data?.token || base64(key.sign(claims(namespace, name, account))),
  };
  const complete = Object.entries(wanted).every(([field, value]) => secret.data?.[field] === value);
  if (complete && secret.metadata.annotations?.[ACCOUNT_UID] === uid) return secret;
  const annotations = { ...secret.metadata.annotations, [ACCOUNT_UID]: uid };
  return { ...secret, metadata: { ...secret.metadata, annotations }, data: wanted };
}

function claims(namespace: string, secretName: string, { metadata }: ServiceAccount) {
  return {
    iss: "kubernetes/serviceaccount",
    [`${PREFIX}namespace`]: namespace,
    [`${PREFIX}secret.name`]: secretName,
    [`${PREFIX}service-account.name`]: metadata.name,
    [`${PREFIX}service-account.uid`]: metadata.uid,
    sub: `system:serviceaccount:${namespace}:${metadata.name}`,
  };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
