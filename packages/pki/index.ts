export { type ClusterPki, ensureClusterPki, ensureNodePki, type NodePki, type ServiceAccountKeys } from "./cluster-pki.ts";
export { type Certificate, type CertificateRequest, issueCertificate } from "./issue.ts";
export { type KubeconfigContent, kubeconfigYaml } from "./kubeconfig.ts";
export type { StoredCertificate } from "./stored.ts";
export { type TokenClaims, TokenKey } from "./tokens.ts";
export type { Subject } from "./x509.ts";
