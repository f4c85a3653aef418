import { ImageError } from "@wherry/runtime";

/** An image reference, taken apart. */
export interface ImageName {
  /** With its registry: `docker.io/library/busybox`. */
  repository: string;
  tag: string | undefined;
  digest: string | undefined;
}

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const DOMAIN = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\]";
const REFERENCE = new RegExp(
  `^(?<path>(?:(?:${DOMAIN})(?::[0-9]+)?/)?${COMPONENT}(?:/${COMPONENT})*)(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>[a-z0-9+._-]+:[0-9a-fA-F]{32,}))?$`,
);

/** Longest repository name. Source: distribution/reference. */
const MAX_NAME = 255;

/**
 * Reads a name the way Kubernetes and Docker do: `bb` means `docker.io/library/bb:latest`. Throws ImageError (InvalidImageName) with the words of
 * distribution/reference.
 */
export function parseImageName(reference: string): ImageName {
  const { path, tag, digest } = REFERENCE.exec(reference)?.groups ?? {};
  if (path === undefined) throw invalid(reference, refusalOf(reference));
  if (path.length > MAX_NAME) throw invalid(reference, `repository name must not be more than ${MAX_NAME} characters`);
  return { repository: qualified(path), tag: tag ?? (digest ? undefined : "latest"), digest };
}

/** `repository:tag@digest`, as far as they are there. */
export function formatImageName({ repository, tag, digest }: ImageName): string {
  return `${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}

/** Whether the text is an image's id rather than a name. */
export function isImageId(reference: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(reference);
}

/** The first part is a registry if it looks like a host; everything else is on Docker's own. */
function qualified(path: string): string {
  const slash = path.indexOf("/");
  const first = path.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (!isHost) return `docker.io/${slash < 0 ? `library/${path}` : path}`;
  const [host, rest] = [first.replace(/^index\.docker\.io$/, "docker.io"), path.slice(slash + 1)];
  return host === "docker.io" && !rest.includes("/") ? `docker.io/library/${rest}` : `${host}/${rest}`;
}

function refusalOf(reference: string): string {
  const lower = reference.toLowerCase();
  return lower !== reference && REFERENCE.test(lower)
    ? "invalid reference format: repository name must be lowercase"
    : "invalid reference format";
}

function invalid(reference: string, why: string): ImageError {
  return new ImageError("InvalidImageName", `couldn't parse image name ${JSON.stringify(reference)}: ${why}`);
}
