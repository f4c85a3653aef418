import type { Container, Pod, ServiceAccount, Volume } from "@wherry/api";
import { forbidden } from "@wherry/base";
import { generateName, type Registry } from "@wherry/machinery";
import { resourceName } from "../rest/context.ts";
import type { Write, WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

const DEFAULT = "default";
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";
/** An hour, and a little more by which such a token can be told from one that was asked for. Source: upstream `WarnOnlyBoundTokenExpirationSeconds`. */
const TOKEN_SECONDS = 3_607;

/**
 * A new pod gets its service account, the account's pull secrets where it has none, and the account's token in every container, unless pod or account say
 * otherwise. The account must be there; only `default` may be on its way, as in a namespace of this moment. Source: upstream `plugin/pkg/admission/serviceaccount`.
 */
export function serviceAccount(registry: Registry, cache: WatchCache): WriteStage {
  const pods = registry.byResource("", "v1", "pods");
  const accounts = registry.byResource("", "v1", "serviceaccounts");
  return {
    admit(write, object) {
      if (write.operation !== "create" || write.kind !== pods || write.subresource || !object.spec || !accounts) return;
      const pod = object as unknown as Pod;
      if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
      pod.spec.serviceAccountName ||= pod.spec.serviceAccount || DEFAULT;
      const { serviceAccountName: name } = pod.spec;
      const resource = cache.resource(accounts);
      const account = resource.get(`${resource.root}${write.namespace}/${name}`)?.object() as ServiceAccount | undefined;
      if (!account && name !== DEFAULT) throw missing(write, name);
      if (account?.imagePullSecrets?.length && !pod.spec.imagePullSecrets?.length)
        pod.spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
      if (pod.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true) mountToken(pod);
    },
  };
}

function missing(write: Write, name: string): Error {
  const why = `error looking up service account ${write.namespace}/${name}: serviceaccount "${name}" not found`;
  return forbidden(resourceName(write.kind), write.name, why);
}

function mountToken({ spec }: Pod): void {
  const without = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter((c) => !mountsThere(c));
  if (without.length === 0) return;
  const name = generateName(VOLUME_PREFIX);
  for (const container of without)
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
  spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const mountsThere = ({ volumeMounts = [] }: Container): boolean => volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH);

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
      ],
    },
  };
}
