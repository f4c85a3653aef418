import type { User } from "../exchange.ts";

/** The server itself, where it writes. */
export const SELF: User = { name: "system:apiserver", groups: ["system:masters"] };
