import { type FieldError, invalid, tooLong } from "./field-error.ts";

/** Source: apimachinery `validation.FieldManagerMaxLength`. */
const MAX_BYTES = 128;

/** What is wrong with the name of a field manager: it is short, and all of it can be printed. Source: apimachinery `validation.ValidateFieldManager`. */
export function fieldManagerErrors(manager: string, path = "fieldManager"): FieldError[] {
  const errors = Buffer.byteLength(manager) > MAX_BYTES ? [tooLong(path, MAX_BYTES)] : [];
  let at = 0;
  for (const character of manager) {
    if (!isPrintable(character)) errors.push(invalid(path, manager, `invalid character ${unicodeName(character)} (at position ${at})`));
    at += Buffer.byteLength(character);
  }
  return errors;
}

/** Letters, marks, numbers, punctuation, symbols and the plain space. Source: Go `unicode.IsPrint`. */
const isPrintable = (character: string) => character === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);

/** As Go's `%#U` shows what cannot be printed: `U+000A`. */
const unicodeName = (character: string) => `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
