import { spawn } from "node:child_process";
import { request } from "node:http";
import type { Readable } from "node:stream";

/** The recipe hash in the image's label; undefined when the engine has no such image or it was made otherwise. */
export async function imageRecipe(reference: string, socket: string): Promise<string | undefined> {
  const { status, body } = await call("GET", `/images/${reference}/json`, socket);
  return status === 200 ? JSON.parse(body).Config?.Labels?.["io.wherry.recipe"] : undefined;
}

/** Makes an image of one layer from the folder, keeping owners and modes, as `docker import` does. */
export async function importImage(root: string, reference: string, changes: readonly string[], socket: string): Promise<void> {
  const [repository, tag = "latest"] = reference.split(":");
  const query = new URLSearchParams({ fromSrc: "-", repo: repository!, tag });
  for (const change of changes) query.append("changes", change);
  const tar = spawn("tar", ["--directory", root, "--numeric-owner", "--create", "."], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => tar.once("close", resolve));
  const { status, body } = await call("POST", `/images/create?${query}`, socket, tar.stdout);
  // An engine that refuses answers before it has read everything: tar would wait for a reader for ever.
  tar.stdout.destroy();
  const code = await ended;
  if (status !== 200 || body.includes('"error"')) throw new Error(`the engine did not take ${reference}: ${body.trim()}`);
  if (code !== 0) throw new Error(`tar of ${root} failed with exit code ${code}`);
}

function call(method: string, path: string, socketPath: string, input?: Readable): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, method, path, headers: input ? { "content-type": "application/x-tar" } : {} },
      async (response) => {
        const chunks = await response.setEncoding("utf8").toArray();
        resolve({ status: response.statusCode ?? 0, body: chunks.join("") });
      },
    );
    outgoing.on("error", reject);
    if (input) input.pipe(outgoing);
    else outgoing.end();
  });
}
