import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { INERT_FIELDS } from "../kinds/inert-fields.ts";
import { NOT_ACTED_ON } from "../kinds/not-acted-on.ts";

/** Where the list is kept. */
export const NOT_ACTED_ON_DOC = join(import.meta.dirname, "..", "..", "..", "docs", "not-acted-on.md");

/** The list of everything that the API accepts in vain, as Markdown. */
export function notActedOnDoc(): string {
  const kinds = Object.entries(NOT_ACTED_ON).map(([kind, note]) => `| ${kind} | ${note} |`);
  const fields = Object.entries(INERT_FIELDS).flatMap(([kind, list]) =>
    list.map(({ path, note }) => `| ${kind} | \`${path}\` | ${note} |`),
  );
  return `# Accepted, but not acted on

The API keeps and shows these, so that manifests written for any Kubernetes can be applied, and gives a \`Warning\` on every write that uses one. What is not in this list has its effect.
Made by \`node packages/api/generate/not-acted-on.ts\`.

## Kinds

| kind | what a client is told |
|---|---|
${kinds.join("\n")}

## Fields

A pod's fields also stand for those in every template of pods.

| kind | field | what a client is told |
|---|---|---|
${fields.join("\n")}
`;
}

if (import.meta.main) writeFileSync(NOT_ACTED_ON_DOC, notActedOnDoc());
