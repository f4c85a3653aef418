import { type ApiResponse, text } from "./exchange.ts";

/** One thing that must work. `run` throws when it does not. */
export interface HealthCheck {
  name: string;
  /** Asked by /livez as well; a failure there asks for a restart. */
  live: boolean;
  run(): Promise<void> | void;
}

/** Answers /healthz, /livez and /readyz, and one check by its name below them. Source: apiserver `server/healthz`. */
export async function health(path: string, query: URLSearchParams, checks: readonly HealthCheck[]): Promise<ApiResponse | undefined> {
  const [kind = "", name] = path.split("/").filter(Boolean);
  const all = checks.filter((check) => kind !== "livez" || check.live);
  const asked = name === undefined ? all : all.filter((check) => check.name === name);
  if (name !== undefined && asked.length === 0) return undefined;
  const excluded = new Set(query.getAll("exclude"));
  const results = await Promise.all(asked.map((check) => runCheck(check, excluded)));
  const failed = results.some((result) => !result.ok);
  const lines = results.map((result) => result.line).join("");
  if (failed) return text(500, `${lines}${kind} check failed\n`);
  if (query.has("verbose")) return text(200, `${lines}${kind} check passed\n`);
  return text(200, "ok");
}

async function runCheck(check: HealthCheck, excluded: ReadonlySet<string>): Promise<{ ok: boolean; line: string }> {
  if (excluded.has(check.name)) return { ok: true, line: `[+]${check.name} excluded: ok\n` };
  try {
    await check.run();
    return { ok: true, line: `[+]${check.name} ok\n` };
  } catch {
    // Why is in the log: this page is open to anyone.
    return { ok: false, line: `[-]${check.name} failed: reason withheld\n` };
  }
}
