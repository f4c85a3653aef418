/**
 * Writes ../generated/messages.json: the field numbers of Kubernetes' protobuf messages. They are facts of the API that no document in JSON tells; every
 * Go program that speaks it carries them as compressed descriptors, so they are read from a kubectl.
 *
 *     node packages/apiserver/protobuf/generate/main.ts /usr/bin/kubectl
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "@wherry/api";
import { descriptorFiles, type MessageFacts } from "./descriptors.ts";

type Field = MessageFacts["fields"][number];

const [binary] = process.argv.slice(2);
if (!binary) throw new Error("say which kubectl to read: node main.ts /usr/bin/kubectl");

const packages = new Set(Object.keys(definitions).map((name) => name.slice(0, name.lastIndexOf("."))));
const messages = new Map<string, MessageFacts>();
for (const file of descriptorFiles(readFileSync(binary)))
  if (packages.has(file.package)) for (const message of file.messages) messages.set(`${file.package}.${message.name}`, message);

const lines = [...messages.keys()]
  .sort()
  .map(
    (name) => `${JSON.stringify(name)}: ${JSON.stringify((messages.get(name) as MessageFacts).fields.flatMap((f) => fieldText(name, f)))}`,
  );
writeFileSync(join(import.meta.dirname, "..", "generated", "messages.json"), `{\n${lines.join(",\n")}\n}\n`);

/** `number name type[flags] [message]`, as ../messages.ts reads it; nothing for what the JSON form does not have. */
function fieldText(owner: string, { number, name, type, flags, message }: Field): string[] {
  const properties = definitions[owner]?.properties;
  const jsonName = !properties || Object.hasOwn(properties, name) ? name : lowerFirst(name);
  const there = !properties || Object.hasOwn(properties, jsonName);
  if (!there && !isInlined(properties, message)) return [];
  return [`${number} ${jsonName} ${type}${flags}${there ? "" : "^"}${message ? ` ${message}` : ""}`];
}

/** Whether JSON has the fields of a message right in its owner. */
function isInlined(properties: object, message: string | undefined): boolean {
  const fields = (message && messages.get(message)?.fields) || [];
  return fields.some((field) => Object.hasOwn(properties, field.name));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
