export { decodeStructural } from "./decode.ts";
export { defaultStructural } from "./default.ts";
export { validateEmbedded } from "./embedded.ts";
export { type CelRule, itemsOf, type JsonSchema, memberOf, propertyOf, stepTo, TYPE_FIELDS, valuesOf } from "./json-schema.ts";
export { validateListTypes } from "./list-types.ts";
export { compilePattern, loadPatterns } from "./pattern.ts";
export { pruneStructural } from "./prune.ts";
export { schemaOfCustom } from "./to-definition.ts";
export { validateStructural, validateStructuralUpdate } from "./validate.ts";
