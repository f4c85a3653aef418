import type { Authorizer } from "./authorizer.ts";

/** Everyone who showed valid credentials may do everything. Source: apiserver `authorizerfactory.NewAlwaysAllowAuthorizer`. */
export const alwaysAllow: Authorizer = {
  authorize: () => ({ allowed: true, reason: "" }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
    incomplete: false,
  }),
};
