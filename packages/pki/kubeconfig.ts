/** What a kubeconfig with one cluster, one user and one context says. Certificates are PEM and become part of the file. */
export interface KubeconfigContent {
  /** `https://HOST:PORT` */
  server: string;
  /** The CA that the server's certificate is checked with. */
  ca: string;
  cert?: string;
  key?: string;
  token?: string;
  /** "wherry" when absent; the user and the context are named after it unless they are given. */
  cluster?: string;
  user?: string;
  context?: string;
  namespace?: string;
}

/** A kubeconfig for kubectl and every client library. */
export function kubeconfigYaml(content: KubeconfigContent): string {
  const { server, ca, cert, key, token, cluster = "wherry", namespace } = content;
  const { user = `${cluster}-admin`, context = cluster } = content;
  const credentials = [
    ...(cert ? [`    client-certificate-data: ${base64(cert)}`] : []),
    ...(key ? [`    client-key-data: ${base64(key)}`] : []),
    ...(token ? [`    token: ${quoted(token)}`] : []),
  ];
  return `${[
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- name: ${quoted(cluster)}`,
    "  cluster:",
    `    certificate-authority-data: ${base64(ca)}`,
    `    server: ${quoted(server)}`,
    "users:",
    `- name: ${quoted(user)}`,
    credentials.length > 0 ? "  user:" : "  user: {}",
    ...credentials,
    "contexts:",
    `- name: ${quoted(context)}`,
    "  context:",
    `    cluster: ${quoted(cluster)}`,
    ...(namespace ? [`    namespace: ${quoted(namespace)}`] : []),
    `    user: ${quoted(user)}`,
    `current-context: ${quoted(context)}`,
    "preferences: {}",
  ].join("\n")}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A JSON string is a YAML string too, whatever it holds. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
