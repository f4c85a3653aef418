import { StatusError } from "@wherry/base/status-error.ts";
import { NoAnswerError } from "@wherry/client/no-answer-error.ts";
import { describe, expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { sentence } from "./sentence.ts";

const status = (code: number, reason: string, message: string) =>
  new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message });
const silence = (code: string, message = code) =>
  new NoAnswerError(new URL("https://10.0.0.1:6443"), Object.assign(new Error(message), { code }));

describe("a failure in words", () => {
  it.each([
    [
      "refused",
      silence("ECONNREFUSED"),
      /^The connection to the server 10\.0\.0\.1:6443 was refused - did you specify the right host or port\?\n.*`wherry up`/,
    ],
    ["an unknown name", silence("ENOTFOUND", "getaddrinfo ENOTFOUND nowhere"), /^Unable to connect to the server: .*\n.*--server/],
    ["a foreign certificate", silence("X", "self-signed certificate in certificate chain"), /\n.*--certificate-authority/],
    ["silence", silence("ETIMEDOUT"), /\n.*`wherry status`/],
    ["nobody", status(401, "Unauthorized", "Unauthorized"), /^error: You must be logged in to the server \(Unauthorized\)\n.*--user/],
    [
      "forbidden",
      status(403, "Forbidden", 'pods is forbidden: User "bob" cannot list resource "pods"'),
      /^Error from server \(Forbidden\): .*\n.*`wherry auth can-i --list`/,
    ],
    ["refused for another reason", status(403, "Forbidden", "exceeded quota"), /^Error from server \(Forbidden\): exceeded quota$/],
    ["not found", status(404, "NotFound", 'pods "x" not found'), /^Error from server \(NotFound\): pods "x" not found$/],
    ["invalid", status(422, "Invalid", 'Pod "x" is invalid: spec: Required value'), /^The Pod "x" is invalid: spec: Required value$/],
    ["a wrong word", new UsageError("no such thing"), /^error: no such thing$/],
    ["a defect", new TypeError("x is undefined"), /^TypeError: x is undefined\n +at /],
  ])("%s", (_, error, words) => {
    expect(sentence(error)).toMatch(words);
  });
});

describe("the nearest name", () => {
  it.each([
    ["pdos", "pods"],
    ["deploymens", "deployments"],
    ["secrts", "secrets"],
    ["nonsense", undefined],
    ["", undefined],
  ])("of %s is %s", (word, name) => {
    expect(nearest(word, ["pods", "deployments", "secrets", "events"])).toBe(name);
  });
});
