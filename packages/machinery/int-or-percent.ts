/**
 * The number behind an `IntOrString` such as `maxSurge`: an integer is itself, a percentage is taken of `total`.
 * Throws an Error when a text is not a percentage. Source: apimachinery `intstr.GetScaledValueFromIntOrPercent`.
 */
export function resolveIntOrPercent(value: number | string, total: number, roundUp: boolean): number {
  if (typeof value === "number") return value;
  const match = /^([-+]?\d{1,10})%$/.exec(value);
  if (!match) throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage: ${JSON.stringify(value)}`);
  // Integer arithmetic: in floating point 7 % of 100 rounds up to 8.
  const hundredfold = Number(match[1]) * total;
  return (roundUp ? Math.ceil(hundredfold / 100) : Math.floor(hundredfold / 100)) + 0;
}
