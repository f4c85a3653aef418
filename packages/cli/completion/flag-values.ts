import type { Option } from "commander";
import type { LiveNames } from "./live.ts";
import type { Line } from "./read-line.ts";

type Values = readonly string[] | "files";

const FILES =
  /^--(filename|kubeconfig|from-file|from-env-file|patch-file|certificate-authority|client-certificate|client-key|cert|key|output-directory|www|kustomize|data-dir|docker)$/;

/** Formats of `-o` for objects. */
const FORMATS = [
  "custom-columns=",
  "custom-columns-file=",
  "json",
  "go-template=",
  "go-template-file=",
  "jsonpath=",
  "jsonpath-as-json=",
  "jsonpath-file=",
  "name",
  "wide",
  "yaml",
];

const FIXED: Readonly<Record<string, readonly string[]>> = {
  "--output": FORMATS,
  "--dry-run": ["client", "none", "server"],
  "--validate": ["ignore", "strict", "warn"],
  "--cascade": ["background", "foreground", "orphan"],
  "--for": ["condition=", "create", "delete", "jsonpath="],
  "--image-pull-policy": ["Always", "IfNotPresent", "Never"],
  "--override-type": ["json", "merge", "strategic"],
  "--restart": ["Always", "Never", "OnFailure"],
  "--subresource": ["scale", "status"],
  "--types": ["Normal", "Warning"],
  "--protocol": ["SCTP", "TCP", "UDP"],
  "--session-affinity": ["ClientIP", "None"],
  "--preemption-policy": ["Never", "PreemptLowerPriority"],
};

/** What a verb's own flag takes, where others have one of the same name. */
const OF_VERB: Readonly<Record<string, readonly string[]>> = {
  "patch --type": ["json", "merge", "strategic"],
  "expose --type": ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
  "api-resources --output": ["name", "wide"],
  "api-resources --sort-by": ["kind", "name"],
  "api-resources --namespaced": ["false", "true"],
  "get-contexts --output": ["name"],
  "delete --output": ["name"],
  "node --sort-by": ["cpu", "memory"],
  "pod --sort-by": ["cpu", "memory"],
};

/** The values that a flag may have, as far as they can be known. */
export async function flagValues({ long }: Option, line: Line, live: LiveNames): Promise<Values> {
  const flag = long ?? "";
  const fixed = OF_VERB[`${line.command.name()} ${flag}`] ?? FIXED[flag];
  if (fixed) return fixed;
  if (FILES.test(flag)) return "files";
  switch (flag) {
    case "--namespace":
    case "--namespaces":
      return live.objects("namespaces");
    case "--context":
      return live.configured("contexts");
    case "--cluster":
      return live.configured("clusters");
    case "--user":
      return live.configured("users");
    case "--container":
    case "--containers":
    case "--target":
      return containers(line, live);
    default:
      return [];
  }
}

/** Of the pod that is named already. */
async function containers({ positionals }: Line, live: LiveNames): Promise<readonly string[]> {
  const [word, name] = positionals;
  if (word === undefined) return [];
  return live.containers(name === undefined || word.includes("/") ? word : `${word}/${name}`);
}
