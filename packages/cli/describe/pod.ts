import type { Container, ContainerState, ContainerStatus, EnvVar, Pod, Probe } from "@wherry/api";
import { fields, keyValues } from "./fields.ts";

/** A pod in the words and order of kubectl. Source: kubectl pkg/describe/describe.go, describePod. */
export function describePod(pod: Pod): string {
  const { metadata, spec, status = {} } = pod;
  const owner = metadata.ownerReferences?.find((o) => o.controller);
  const head = fields([
    ["Name", metadata.name],
    ["Namespace", metadata.namespace ?? ""],
    ["Priority", String(spec.priority ?? 0)],
    ["Service Account", spec.serviceAccountName ?? ""],
    ["Node", spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>"],
    ["Start Time", status.startTime ? new Date(status.startTime).toUTCString() : ""],
    ["Labels", keyValues(metadata.labels)],
    ["Annotations", keyValues(metadata.annotations, ": ")],
    ["Status", metadata.deletionTimestamp ? "Terminating" : (status.phase ?? "Unknown")],
    ...(status.reason ? ([["Reason", status.reason]] as const) : []),
    ...(status.message ? ([["Message", status.message]] as const) : []),
    ["IP", status.podIP ?? ""],
    ["IPs", status.podIPs?.map((p) => `\n  IP:  ${p.ip}`).join("") || "<none>"],
    ...(owner ? ([["Controlled By", `${owner.kind}/${owner.name}`]] as const) : []),
  ]);
  const initial = spec.initContainers?.length ? `Init Containers:\n${containers(spec.initContainers, status.initContainerStatuses)}` : "";
  return (
    head +
    initial +
    `Containers:\n${containers(spec.containers, status.containerStatuses)}` +
    conditions(pod) +
    volumes(pod) +
    placement(pod)
  );
}

function containers(all: readonly Container[], statuses: readonly ContainerStatus[] = []): string {
  return all
    .map(
      (c) =>
        `  ${c.name}:\n${container(
          c,
          statuses.find((s) => s.name === c.name),
        )}`,
    )
    .join("");
}

function container(c: Container, status: ContainerStatus | undefined): string {
  const ports = (c.ports ?? []).map((p) => `${p.containerPort}/${p.protocol ?? "TCP"}`).join(", ") || "<none>";
  const hostPorts = (c.ports ?? []).map((p) => `${p.hostPort ?? 0}/${p.protocol ?? "TCP"}`).join(", ") || "<none>";
  const many = (c.ports?.length ?? 0) > 1 ? "s" : "";
  const head = fields(
    [
      ["Container ID", status?.containerID ?? ""],
      ["Image", c.image ?? ""],
      ["Image ID", status?.imageID ?? ""],
      [`Port${many}`, ports],
      [`Host Port${many}`, hostPorts],
      ...(c.command ? ([["Command", `\n  ${c.command.join("\n  ")}`]] as const) : []),
      ...(c.args ? ([["Args", `\n  ${c.args.join("\n  ")}`]] as const) : []),
    ],
    4,
  );
  const states = status
    ? state("State", status.state) + (status.lastState && Object.keys(status.lastState).length ? state("Last State", status.lastState) : "")
    : "";
  const counts = status
    ? fields(
        [
          ["Ready", status.ready ? "True" : "False"],
          ["Restart Count", String(status.restartCount)],
        ],
        4,
      )
    : "";
  return head + states + counts + resources(c) + probes(c) + environment(c) + mounts(c);
}

function state(title: string, s: ContainerState = {}): string {
  if (s.running)
    return fields(
      [
        [title, "Running"],
        ["  Started", s.running.startedAt ?? ""],
      ],
      4,
    );
  if (s.waiting)
    return fields(
      [
        [title, "Waiting"],
        ["  Reason", s.waiting.reason ?? ""],
        ...(s.waiting.message ? ([["  Message", s.waiting.message]] as const) : []),
      ],
      4,
    );
  if (!s.terminated) return fields([[title, "Waiting"]], 4);
  const { reason = "", message, exitCode, startedAt = "", finishedAt = "" } = s.terminated;
  return fields(
    [
      [title, "Terminated"],
      ["  Reason", reason],
      ...(message ? ([["  Message", message]] as const) : []),
      ["  Exit Code", String(exitCode)],
      ["  Started", startedAt],
      ["  Finished", finishedAt],
    ],
    4,
  );
}

function resources({ resources: r }: Container): string {
  const part = (title: string, values: Readonly<Record<string, string>> | undefined) =>
    values && Object.keys(values).length ? `    ${title}:\n${fields(Object.entries(values).toSorted(), 6)}` : "";
  return part("Limits", r?.limits) + part("Requests", r?.requests);
}

function probes(c: Container): string {
  const all = [
    ["Liveness", c.livenessProbe],
    ["Readiness", c.readinessProbe],
    ["Startup", c.startupProbe],
  ] as const;
  const rows = all.flatMap(([title, probe]) => (probe ? [[title, probeText(probe)] as const] : []));
  return rows.length ? fields(rows, 4) : "";
}

function probeText(p: Probe): string {
  const timing = `delay=${p.initialDelaySeconds ?? 0}s timeout=${p.timeoutSeconds ?? 1}s period=${p.periodSeconds ?? 10}s #success=${p.successThreshold ?? 1} #failure=${p.failureThreshold ?? 3}`;
  if (p.exec) return `exec [${(p.exec.command ?? []).join(" ")}] ${timing}`;
  if (p.httpGet)
    return `http-get ${(p.httpGet.scheme ?? "HTTP").toLowerCase()}://${p.httpGet.host ?? ""}:${p.httpGet.port}${p.httpGet.path ?? ""} ${timing}`;
  if (p.tcpSocket) return `tcp-socket ${p.tcpSocket.host ?? ""}:${p.tcpSocket.port} ${timing}`;
  return `grpc <pod>:${p.grpc?.port} ${p.grpc?.service ?? ""} ${timing}`;
}

function environment(c: Container): string {
  const sources = (c.envFrom ?? []).map((source) => {
    const from = source.configMapRef ? `${source.configMapRef.name}  ConfigMap` : `${source.secretRef?.name}  Secret`;
    return `      ${from}  Optional: ${Boolean(source.configMapRef?.optional ?? source.secretRef?.optional)}\n`;
  });
  const values = (c.env ?? []).map((e) => [e.name, envText(e)] as const);
  return (
    (sources.length ? `    Environment Variables from:\n${sources.join("")}` : "") +
    (values.length ? `    Environment:\n${fields(values, 6)}` : "    Environment:  <none>\n")
  );
}

function envText({ value, valueFrom }: EnvVar): string {
  if (valueFrom?.configMapKeyRef)
    return `<set to the key '${valueFrom.configMapKeyRef.key}' of config map '${valueFrom.configMapKeyRef.name}'>  Optional: ${Boolean(valueFrom.configMapKeyRef.optional)}`;
  if (valueFrom?.secretKeyRef)
    return `<set to the key '${valueFrom.secretKeyRef.key}' in secret '${valueFrom.secretKeyRef.name}'>  Optional: ${Boolean(valueFrom.secretKeyRef.optional)}`;
  if (valueFrom?.fieldRef) return ` (${valueFrom.fieldRef.apiVersion ?? "v1"}:${valueFrom.fieldRef.fieldPath})`;
  if (valueFrom?.resourceFieldRef) return `${valueFrom.resourceFieldRef.resource}`;
  return value ?? "";
}

function mounts(c: Container): string {
  const lines = (c.volumeMounts ?? []).map(
    (m) => `      ${m.mountPath} from ${m.name} (${m.readOnly ? "ro" : "rw"}${m.subPath ? `,path="${m.subPath}"` : ""})\n`,
  );
  return lines.length ? `    Mounts:\n${lines.join("")}` : "    Mounts:  <none>\n";
}

function conditions({ status }: Pod): string {
  const rows = (status?.conditions ?? []).map((c) => `  ${c.type.padEnd(27)} ${c.status}\n`);
  return rows.length ? `Conditions:\n  ${"Type".padEnd(27)} Status\n${rows.join("")}` : "";
}

function volumes({ spec }: Pod): string {
  if (!spec.volumes?.length) return "Volumes:  <none>\n";
  const lines = spec.volumes.map(({ name, ...source }) => {
    const [type = "", details = {}] = Object.entries(source)[0] ?? [];
    const rows = Object.entries(details as object).filter(([, value]) => typeof value !== "object");
    return `  ${name}:\n${fields([["Type", type], ...rows.map(([key, value]) => [key, String(value)] as const)], 4)}`;
  });
  return `Volumes:\n${lines.join("")}`;
}

function placement({ spec, status }: Pod): string {
  const tolerations = (spec.tolerations ?? []).map((t) => {
    const value = t.value ? `=${t.value}` : "";
    const effect = t.effect ? `:${t.effect}` : "";
    const exists = t.operator === "Exists" ? " op=Exists" : "";
    return `${t.key ?? ""}${value}${effect}${exists}${t.tolerationSeconds === undefined ? "" : ` for ${t.tolerationSeconds}s`}`;
  });
  return fields([
    ["QoS Class", status?.qosClass ?? ""],
    ["Node-Selectors", keyValues(spec.nodeSelector)],
    ["Tolerations", tolerations.join("\n") || "<none>"],
  ]);
}
