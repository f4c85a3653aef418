import { type FieldError, invalid, isQualifiedName, required } from "@wherry/machinery";
import type { Event } from "../../../generated/types.ts";
import { broken } from "../../rules.ts";

const WORD_LIMIT = 128;
const NOTE_LIMIT = 1024;

/**
 * Rules for events of both versions. Events about things of no namespace live in `default` or `kube-system`. Source: core validation
 * `legacyValidateEvent`.
 * @param controllerField what the version of the request calls the reporting component
 */
export function validateEvent(o: Event, controllerField: string): FieldError[] {
  const about = o.involvedObject?.namespace ?? "";
  const home = o.metadata.namespace ?? "";
  const fits = about === home || (about === "" && (home === "default" || home === "kube-system"));
  return [
    ...(fits ? [] : [invalid("involvedObject.namespace", about, "does not match event.namespace")]),
    ...(o.eventTime ? validateReport(o, controllerField) : []),
  ];
}

function validateReport(o: Event, controllerField: string): FieldError[] {
  const controller = o.reportingComponent ?? "";
  return [
    ...(controller ? [] : [required(controllerField)]),
    ...broken(controllerField, controller, isQualifiedName(controller)),
    ...limited("reportingInstance", o.reportingInstance),
    ...limited("action", o.action),
    ...limited("reason", o.reason),
    ...atMost("message", o.message, NOTE_LIMIT),
  ];
}

const limited = (path: string, value: string | undefined) => (value ? atMost(path, value, WORD_LIMIT) : [required(path)]);

function atMost(path: string, value: string | undefined, most: number): FieldError[] {
  return Buffer.byteLength(value ?? "") > most ? [invalid(path, "", `can have at most ${most} characters`)] : [];
}
