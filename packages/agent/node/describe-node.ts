import { type ContainerImage, type Node, type NodeStatus, VOLUMES_DIRECTORY_ANNOTATION } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";
import type { Image, RuntimeInfo } from "@wherry/runtime";

/** What a node is described from. */
export interface NodeFacts {
  nodeName: string;
  nodeIP: string;
  /** Where the agent's own server listens. */
  port: number;
  version: string;
  info: RuntimeInfo;
  identity: { machineID: string; systemUUID: string; bootID: string };
  diskBytes: number;
  /** Where volumes for claims are made. */
  volumesDirectory: string;
}

const MAX_PODS = 110;
/** Source: what the kubelet's default eviction thresholds leave for pods. */
const KEPT_MEMORY = 100 * 2 ** 20;
const KEPT_DISK_SHARE = 0.1;
/** Source: kubelet nodeStatusMaxImages. */
const MAX_IMAGES = 50;

/** The part of a node that does not change while the agent runs. */
export function describeNode(facts: NodeFacts): NewObject<Node> & { status: NodeStatus } {
  const { nodeName, nodeIP, port, version, info, identity } = facts;
  return {
    metadata: {
      name: nodeName,
      labels: nodeLabels(nodeName, info),
      annotations: { [VOLUMES_DIRECTORY_ANNOTATION]: facts.volumesDirectory },
    },
    spec: {},
    status: {
      capacity: amountsOf(info.cpus, info.memoryBytes, facts.diskBytes),
      allocatable: amountsOf(info.cpus, Math.max(0, info.memoryBytes - KEPT_MEMORY), Math.floor(facts.diskBytes * (1 - KEPT_DISK_SHARE))),
      addresses: [
        { type: "InternalIP", address: nodeIP },
        { type: "Hostname", address: nodeName },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      nodeInfo: {
        ...identity,
        kernelVersion: info.kernelVersion,
        osImage: info.osImage,
        containerRuntimeVersion: `${info.name}://${info.version}`,
        kubeletVersion: version,
        kubeProxyVersion: version,
        operatingSystem: info.operatingSystem,
        architecture: info.architecture,
      },
    },
  };
}

/** The labels every node has. */
export function nodeLabels(nodeName: string, { operatingSystem, architecture }: RuntimeInfo): Record<string, string> {
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": operatingSystem,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": nodeName,
    "kubernetes.io/os": operatingSystem,
  };
}

function amountsOf(cpus: number, memoryBytes: number, diskBytes: number): Record<string, string> {
  return {
    cpu: String(cpus),
    memory: `${Math.floor(memoryBytes / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor(diskBytes / 1024)}Ki`,
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    pods: String(MAX_PODS),
  };
}

/** The largest images, as `status.images` lists them. */
export function nodeImages(images: readonly Image[]): ContainerImage[] {
  return images
    .filter(({ tags, digests }) => tags.length + digests.length > 0)
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_IMAGES)
    .map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags], sizeBytes }));
}
