import { createServer, type ServerResponse } from "node:http";
import { hostname } from "node:os";
import { Pool } from "pg";

// A guest book: each visit of the page is a row in PostgreSQL. Everything it needs to know comes from its environment.
const { VERSION = "unknown", DB_HOST, DB_NAME, DB_USER, DB_PASSWORD, PORT = "8080" } = process.env;

// How long a pod that was asked to end goes on serving: until then every node has stopped sending it new connections.
const DRAIN_MS = 3000;

const database = new Pool({
  host: DB_HOST,
  database: DB_NAME,
  user: DB_USER,
  password: DB_PASSWORD,
  max: 4,
  connectionTimeoutMillis: 2000,
});
database.on("error", (error) => console.error(`database: ${error.message}`));

async function visit(): Promise<number> {
  await database.query(
    "create table if not exists visits (id serial primary key, at timestamptz not null default now(), pod text not null)",
  );
  await database.query("insert into visits (pod) values ($1)", [hostname()]);
  return countVisits();
}

async function countVisits(): Promise<number> {
  const { rows } = await database.query<{ count: number }>("select count(*)::int as count from visits");
  return rows[0]?.count ?? 0;
}

const routes: Record<string, () => Promise<string> | string> = {
  "/healthz": () => "ok",
  "/version": () => VERSION,
  "/visits": async () => String(await countVisits()),
  "/": async () => `Hello from ${hostname()}, version ${VERSION}. This page was visited ${await visit()} times.`,
};

async function answer(path: string, response: ServerResponse): Promise<void> {
  if (draining) response.setHeader("connection", "close");
  const route = routes[path];
  try {
    response.statusCode = route ? 200 : 404;
    const body = route ? await route() : "not found";
    response.end(`${body}\n`);
  } catch (error) {
    response.statusCode = 503;
    response.end(`the database does not answer: ${(error as Error).message}\n`);
  }
}

let draining = false;
const server = createServer((request, response) => void answer(new URL(request.url ?? "/", "http://web").pathname, response));
server.listen(Number(PORT), () => console.log(`web ${VERSION} listens on ${PORT}`));

process.on("SIGTERM", () => {
  draining = true;
  setTimeout(() => server.close(() => process.exit(0)), DRAIN_MS);
});
