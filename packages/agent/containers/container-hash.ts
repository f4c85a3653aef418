import { createHash } from "node:crypto";
import type { Container } from "@wherry/api";

/** Of what a running container is restarted for when it changes: its image. */
export function containerHash({ name, image }: Container): string {
  return createHash("sha256").update(`${name}\0${image}`).digest("hex").slice(0, 16);
}
