import type { ApiObject } from "@wherry/machinery";
import { objectLabel, type Resource, resourceOfManifest } from "../resource-catalogue.ts";
import { type OutputOptions, parseOutput, printObject } from "./format.ts";

/** The flags of every verb that writes. */
export interface WriteFlags extends OutputOptions {
  /** Absent or `none`: the change is made. */
  dryRun?: "none" | "client" | "server";
  fieldManager?: string;
}

/** One line of what happened, such as `deployment.apps/web scaled`, or the object as `-o` asks. Source: cli-runtime pkg/printers/name.go. */
export async function report(object: ApiObject, resource: Resource, what: string, options: WriteFlags): Promise<string> {
  // What a subresource answers is no object of the resource: scaling a deployment gives a Scale.
  const own = object.kind && object.kind !== resource.kind ? resourceOfManifest(object) : resource;
  const label = objectLabel(own, object.metadata.name);
  if (!options.output) return `${label} ${what}${DRY_RUN[options.dryRun ?? "none"]}\n`;
  return printObject(object, parseOutput(options.output, options), () => label);
}

/** What follows the words of a verb that did not do what it says. */
export const DRY_RUN: Readonly<Record<"none" | "client" | "server", string>> = {
  none: "",
  client: " (dry run)",
  server: " (server dry run)",
};
