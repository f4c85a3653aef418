/** Source: distribution/reference, without its limits on length. */
const NAME =
  /^(?:[a-zA-Z0-9][-a-zA-Z0-9.]*(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?$/;
const ID = /^(?:sha256:)?[0-9a-f]{64}$/;

/** A reference with its tag, `latest` when it has neither tag nor digest; undefined when it is none. An image's id stays as it is. */
export function normalizeReference(reference: string): string | undefined {
  if (ID.test(reference)) return reference;
  if (!NAME.test(reference)) return undefined;
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  return last.includes(":") || reference.includes("@") ? reference : `${reference}:latest`;
}

/** The registry a reference is pulled from: `docker.io` unless its first part is a host. */
export function registryOf(reference: string): string {
  const first = reference.split("/")[0]!;
  return reference.includes("/") && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}
