import { describe, expect, it } from "vitest";
import { formatImageName, isImageId, parseImageName } from "./image-name.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("image names", () => {
  it.each([
    ["bb", "docker.io/library/bb:latest"],
    ["bb:1", "docker.io/library/bb:1"],
    ["team/app", "docker.io/team/app:latest"],
    ["docker.io/bb", "docker.io/library/bb:latest"],
    ["index.docker.io/team/app:2", "docker.io/team/app:2"],
    ["localhost/app", "localhost/app:latest"],
    ["localhost:5000/a/b/c:v1.2_3-x", "localhost:5000/a/b/c:v1.2_3-x"],
    ["registry.example.com/app", "registry.example.com/app:latest"],
    [`bb@${digest}`, `docker.io/library/bb@${digest}`],
    [`bb:1@${digest}`, `docker.io/library/bb:1@${digest}`],
  ])("reads %s as %s", (text, full) => {
    expect(formatImageName(parseImageName(text))).toBe(full);
  });

  it.each([
    ["", `couldn't parse image name "": invalid reference format`],
    ["Upper", `couldn't parse image name "Upper": invalid reference format: repository name must be lowercase`],
    ["a b", `couldn't parse image name "a b": invalid reference format`],
    ["a:", `couldn't parse image name "a:": invalid reference format`],
    ["a@sha256:12", `couldn't parse image name "a@sha256:12": invalid reference format`],
    ["http://a/b", `couldn't parse image name "http://a/b": invalid reference format`],
    ["a".repeat(256), `couldn't parse image name "${"a".repeat(256)}": repository name must not be more than 255 characters`],
  ])("refuses %j", (text, message) => {
    expect(() => parseImageName(text)).toThrow(message);
  });

  it("tells ids from names", () => {
    expect(isImageId(digest)).toBe(true);
    expect(isImageId("a".repeat(64))).toBe(true);
    expect(isImageId("cafe")).toBe(false);
  });
});
