import { describe, expect, it } from "vitest";
import { requestFilter } from "./filter.ts";

const DEFAULTS = {
  acceptHosts: "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$",
  acceptPaths: "^.*",
  rejectPaths: "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
  rejectMethods: "^$",
};

describe("the proxy's filter", () => {
  it.each([
    ["GET", "localhost:8001", "/api/v1/pods", true],
    ["POST", "[::1]:8001", "/api/v1/pods", true],
    ["GET", "evil.example", "/api/v1/pods", false],
    ["GET", "localhost.evil.example", "/api", false],
    ["GET", "127.0.0.1", "/api/v1/namespaces/a/pods/b/exec", false],
    ["GET", "127.0.0.1", "/api/v1/namespaces/a/pods/b/log", true],
  ])("%s %s%s: %s", (method, host, path, passes) => {
    expect(requestFilter(DEFAULTS)({ method, host, path })).toBe(passes);
  });

  it("refuses methods, and patterns that are none", () => {
    expect(requestFilter({ ...DEFAULTS, rejectMethods: "POST,PUT" })({ method: "PUT", host: "localhost", path: "/" })).toBe(false);
    expect(() => requestFilter({ ...DEFAULTS, acceptPaths: "(" })).toThrow('"("');
  });
});
