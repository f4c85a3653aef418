import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import type { Verb } from "../verb.ts";

/** `wherry api-versions`. */
export const verb: Verb = {
  description: "list the groups and versions that the server serves",
  client: true,
  async run(_, options: ConnectionOptions, { write }) {
    const connection = await connect(options);
    try {
      const versions = new Set((await connection.resources.all()).map(apiVersionOf));
      write(
        [...versions]
          .toSorted()
          .map((version) => `${version}\n`)
          .join(""),
      );
    } finally {
      connection.close();
    }
  },
};
