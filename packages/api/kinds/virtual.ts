/** What all kinds have in common of which nothing is stored. */
export const VIRTUAL = { version: "v1", verbs: ["create"], virtual: true, columns: [] } as const;
