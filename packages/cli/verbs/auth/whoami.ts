import { StatusError } from "@wherry/base/status-error.ts";
import { type ConnectionOptions, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { outputFlag } from "../../flags.ts";
import { type OutputOptions, parseOutput, printObject } from "../../output/format.ts";
import { textTable } from "../../output/text-table.ts";
import type { Verb } from "../../verb.ts";
import { review } from "./review.ts";

interface Review {
  status: { userInfo: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> } };
}

/** `wherry auth whoami`. */
export const whoami: Verb = {
  description: "print who the server takes one for",
  client: true,
  flags: outputFlag,
  async run(_, options: ConnectionOptions & OutputOptions, { write }) {
    const connection = await connect(options);
    try {
      const found = await review<Review>(connection, "authentication.k8s.io/v1", "selfsubjectreviews", {
        kind: "SelfSubjectReview",
        metadata: { creationTimestamp: null },
        status: { userInfo: {} },
      });
      if (options.output)
        return write(await printObject(found, parseOutput(options.output, options), () => "selfsubjectreview.authentication.k8s.io/"));
      const { username, uid, groups, extra = {} } = found.status.userInfo;
      const rows = [
        ...(username ? [["Username", username]] : []),
        ...(uid ? [["UID", uid]] : []),
        ...(groups?.length ? [["Groups", `[${groups.join(" ")}]`]] : []),
        ...Object.entries(extra)
          .toSorted()
          .map(([key, values]) => [`Extra: ${key}`, `[${values.join(" ")}]`]),
      ];
      write(textTable([["ATTRIBUTE", "VALUE"], ...rows]));
    } catch (error) {
      if (error instanceof StatusError && error.code === 404)
        throw new UsageError("the selfsubjectreviews API is not enabled in the cluster\nenable authentication.k8s.io/v1 API");
      throw error;
    } finally {
      connection.close();
    }
  },
};
