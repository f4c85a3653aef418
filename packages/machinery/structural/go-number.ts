/** A number as Go prints it with `%v`. */
export function goNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (value !== 0 && (magnitude < 1e-4 || magnitude >= 1e21)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return String(value);
}
