import { rfc3339 } from "@wherry/base";
import { type FieldError, invalid, required } from "@wherry/machinery";
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "../../../generated/types.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

/** Whether only the Kubernetes project may make kinds in this group. Source: apiextensions `apihelpers.IsProtectedCommunityGroup`. */
export function isProtectedGroup(group: string): boolean {
  return ["k8s.io", "kubernetes.io"].some((domain) => group === domain || group.endsWith(`.${domain}`));
}

type Approval = "approved" | "unapproved" | "missing" | "invalid";

function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata.annotations?.[ANNOTATION];
  if (!text) return "missing";
  if (text.startsWith("unapproved")) return "unapproved";
  return URL.canParse(text) && new URL(text).host ? "approved" : "invalid";
}

/** A definition in a protected group must say who approved it; an old one that does not may go on. Source: apiextensions `validateAPIApproval`. */
export function validateApproval(next: CustomResourceDefinition, prev?: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(next.spec?.group ?? "")) return [];
  const state = approvalOf(next);
  if (state === "approved" || state === "unapproved" || (prev && approvalOf(prev) === state)) return [];
  const path = `metadata.annotations[${ANNOTATION}]`;
  if (state === "missing") return [required(path, `protected groups must have approval annotation "${ANNOTATION}", ${SEE}`)];
  const text = next.metadata.annotations?.[ANNOTATION];
  return [
    invalid(
      path,
      text,
      `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`,
    ),
  ];
}

/** The condition that tells about the approval; undefined where none is needed. Source: apiextensions `apiapproval` controller. */
export function approvalCondition(crd: CustomResourceDefinition, now: number): CustomResourceDefinitionCondition | undefined {
  if (!isProtectedGroup(crd.spec.group)) return undefined;
  const text = crd.metadata.annotations?.[ANNOTATION] ?? "";
  const say = (status: "True" | "False", reason: string, message: string) => ({
    type: "KubernetesAPIApprovalPolicyConformant",
    ...{ status, reason, message, lastTransitionTime: rfc3339(now) },
  });
  switch (approvalOf(crd)) {
    case "approved":
      return say("True", "ApprovedAnnotation", `approved in ${text}`);
    case "unapproved":
      return say("False", "UnapprovedAnnotation", `not approved: ${JSON.stringify(text)}`);
    case "missing":
      return say("False", "MissingAnnotation", `protected groups must have approval annotation "${ANNOTATION}", ${SEE}`);
    case "invalid":
      return say(
        "False",
        "InvalidAnnotation",
        `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`,
      );
  }
}
