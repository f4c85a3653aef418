/** Wording that the rules for names share. Source: apimachinery pkg/util/validation. */

/** A pattern that must cover the whole text. */
export function fullMatch(source: string): RegExp {
  return new RegExp(`^(?:${source})$`);
}

/** `<message> (e.g. 'a',  or 'b', regex used for validation is '...')` */
export function regexError(message: string, source: string, ...examples: string[]): string {
  const eg = examples.map((e) => `'${e}', `).join(" or ");
  return `${message} (${eg && `e.g. ${eg}`}regex used for validation is '${source}')`;
}

export const maxLenError = (length: number) => `must be no more than ${length} characters`;
export const emptyError = () => "must be non-empty";
export const inclusiveRangeError = (low: number, high: number) => `must be between ${low} and ${high}, inclusive`;
