/** `Name:   value` lines with their values lined up; a value of several lines goes on below itself. */
export function fields(rows: readonly (readonly [name: string, value: string])[], indent = 0): string {
  const pad = " ".repeat(indent);
  const width = Math.max(...rows.map(([name]) => name.length)) + 3;
  return rows
    .map(([name, value]) => {
      const [first = "", ...rest] = value.split("\n");
      const lines = [`${pad}${`${name}:`.padEnd(width)}${first}`, ...rest.map((line) => `${pad}${" ".repeat(width)}${line}`)];
      return lines.map((line) => `${line.trimEnd()}\n`).join("");
    })
    .join("");
}

/** A map as `key=value` lines in order of the keys; `<none>` when it is empty. */
export function keyValues(map: Readonly<Record<string, string>> | undefined, separator = "="): string {
  const lines = Object.entries(map ?? {}).map(([key, value]) => `${key}${separator}${value}`);
  return lines.toSorted().join("\n") || "<none>";
}

/** `restartPolicy` as `Restart Policy`. */
export function titleCase(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/^./, (c) => c.toUpperCase());
}
