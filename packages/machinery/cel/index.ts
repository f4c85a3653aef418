export { CelLanguage, celOptional, loadCel, type Program, type Variables } from "./language.ts";
export { type Budget, PER_CALL_LIMIT } from "./meter.ts";
export { CelRules, type RuleCost, type RuleProblem } from "./rules.ts";
export type { CelType } from "./values.ts";
