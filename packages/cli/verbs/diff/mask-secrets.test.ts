import type { ApiObject } from "@wherry/machinery";
import { expect, it } from "vitest";
import { maskSecrets } from "./mask-secrets.ts";

const secret = (data: Record<string, string>) =>
  ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data }) as unknown as ApiObject & { data: Record<string, string> };

it("shows that a value differs, and never the value", () => {
  const [before, after] = maskSecrets(
    secret({ same: "MQ==", changed: "Mg==", gone: "Mw==" }),
    secret({ same: "MQ==", changed: "NA==", added: "NQ==" }),
  );
  expect(before?.data).toEqual({ same: "***", changed: "*** (before)", gone: "***" });
  expect(after.data).toEqual({ same: "***", changed: "*** (after)", added: "***" });
});

it("masks a secret that is new", () => {
  expect(maskSecrets(undefined, secret({ a: "MQ==" }))).toEqual([undefined, secret({ a: "***" })]);
});
