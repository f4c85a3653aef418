import type { Environment } from "@marcbachmann/cel-js";
import { Quantity } from "../quantity.ts";

/** Adds quantities such as `1.5Gi`. Source: apiserver `cel/library/quantity.go`. */
export function quantityFunctions(env: Environment): void {
  const TYPE = "kubernetes.Quantity";
  env.registerType(TYPE, Quantity);
  env.registerFunction(`quantity(string): ${TYPE}`, (text: string) => Quantity.parse(text));
  env.registerFunction("isQuantity(string): bool", (text: string) => Quantity.tryParse(text) !== undefined);
  env.registerOperator(`${TYPE} == ${TYPE}`, (a: Quantity, b: Quantity) => a.equals(b));
  env.registerFunction(`${TYPE}.compareTo(${TYPE}): int`, (a: Quantity, b: Quantity) => BigInt(a.compare(b)));
  env.registerFunction(`${TYPE}.isGreaterThan(${TYPE}): bool`, (a: Quantity, b: Quantity) => a.compare(b) > 0);
  env.registerFunction(`${TYPE}.isLessThan(${TYPE}): bool`, (a: Quantity, b: Quantity) => a.compare(b) < 0);
  env.registerFunction(`${TYPE}.sign(): int`, (a: Quantity) => BigInt(a.sign()));
  env.registerFunction(`${TYPE}.asApproximateFloat(): double`, (a: Quantity) => a.toNumber());
  env.registerFunction(`${TYPE}.isInteger(): bool`, (a: Quantity) => Number.isInteger(a.toNumber()));
  env.registerFunction(`${TYPE}.asInteger(): int`, asInteger);
  env.registerFunction(`${TYPE}.add(${TYPE}): ${TYPE}`, (a: Quantity, b: Quantity) => a.add(b));
  env.registerFunction(`${TYPE}.sub(${TYPE}): ${TYPE}`, (a: Quantity, b: Quantity) => a.sub(b));
  const whole = (count: bigint) => Quantity.parse(String(count));
  env.registerFunction(`${TYPE}.add(int): ${TYPE}`, (a: Quantity, b: bigint) => a.add(whole(b)));
  env.registerFunction(`${TYPE}.sub(int): ${TYPE}`, (a: Quantity, b: bigint) => a.sub(whole(b)));
}

function asInteger(quantity: Quantity): bigint {
  const value = quantity.toNumber();
  if (!Number.isSafeInteger(value)) throw new Error("cannot convert value to integer");
  return BigInt(value);
}
