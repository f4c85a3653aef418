import type { Image } from "@wherry/runtime";

/** `status.imageID` as Docker nodes show it: by digest when the image came from a registry, else by its id. */
export function imageID(image: Image): string {
  const digest = image.digests[0];
  return digest ? `docker-pullable://${digest}` : `docker://${image.id}`;
}
