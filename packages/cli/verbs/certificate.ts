import { rfc3339 } from "@wherry/base/clock.ts";
import type { ApiObject } from "@wherry/machinery";
import { deepCopy } from "@wherry/machinery/deep-copy.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, outputFlag } from "../flags.ts";
import { namesManifests } from "../manifests.ts";
import { findObjects, forEach } from "../objects.ts";
import type { OutputOptions } from "../output/format.ts";
import { report } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

interface CertificateOptions extends ConnectionOptions, TargetOptions, OutputOptions {
  force?: boolean;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
}

type Request = ApiObject & { status?: { conditions?: Condition[] } };

/** `wherry certificate`. */
export const verb: Verb = {
  description: "decide about certificate signing requests",
  verbs: { approve: decision("Approved", "KubectlApprove"), deny: decision("Denied", "KubectlDeny") },
};

/** Source: kubectl pkg/cmd/certificates/certificates.go. */
function decision(type: "Approved" | "Denied", reason: string): Verb {
  const word = type === "Approved" ? "approve" : "deny";
  return {
    description: `${word} certificate signing requests`,
    words: "(-f FILENAME | NAME)",
    client: true,
    completes: "signing-requests",
    flags: (command) => outputFlag(fileFlags(command)).option("--force", "also one that was decided before"),
    async run(words, options: CertificateOptions, { write }) {
      if (!words.length && !namesManifests(options)) throw new UsageError("one or more CSRs must be specified as <name> or -f <filename>");
      const connection = await connect(options);
      try {
        const names = words.map((name) => `certificatesigningrequests/${name}`);
        await forEach(await findObjects(connection, names, options), async ({ resource, object }) => {
          const next = decided(
            object,
            { type, status: "True", reason, message: `This CSR was ${type.toLowerCase()} by wherry certificate ${word}.` },
            options.force,
          );
          const result = next && (await connection.client.update(definitionOf(resource), next, { subresource: "approval" }));
          write(await report(result ?? object, resource, type.toLowerCase(), options));
        });
      } finally {
        connection.close();
      }
    },
  };
}

/** The request with the condition; undefined when it has it already. Throws a UsageError when the opposite was decided. */
function decided(request: Request, condition: Condition, force = false): Request | undefined {
  const conditions = request.status?.conditions ?? [];
  const opposite = condition.type === "Approved" ? "Denied" : "Approved";
  if (conditions.some((c) => c.type === opposite))
    throw new UsageError(`certificate signing request ${JSON.stringify(request.metadata.name)} is already ${opposite}`);
  if (conditions.some((c) => c.type === condition.type) && !force) return undefined;
  const next = deepCopy(request);
  const others = conditions.filter((c) => c.type !== condition.type);
  next.status = { ...next.status, conditions: [...others, { ...condition, lastUpdateTime: rfc3339(Date.now()) }] };
  return next;
}
