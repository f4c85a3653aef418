import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readManifests } from "./manifests.ts";

const folder = mkdtempSync(join(tmpdir(), "wherry-manifests-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const CONFIG = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const names = async (...sources: string[]) => (await readManifests({ filename: sources })).map((m) => m.object.metadata.name);

describe("manifests", () => {
  it("may hold several documents, empty ones and lists", async () => {
    const path = file(
      "many.yaml",
      `---\n${CONFIG("a")}---\n# nothing\n---\n${CONFIG("b")}---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n`,
    );
    expect(await names(path)).toEqual(["a", "b", "c"]);
  });

  it("may be JSON, or a folder of files in order", async () => {
    mkdirSync(join(folder, "folder"));
    file("folder/2.yml", CONFIG("two"));
    file("folder/1.json", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"}}');
    file("folder/notes.txt", "not a manifest");
    expect(await names(join(folder, "folder"))).toEqual(["one", "two"]);
  });

  it("may come from a URL, whose failure is told", async () => {
    const server = createServer((request, response) =>
      request.url === "/a" ? response.end(CONFIG("far")) : response.writeHead(404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await names(`${url}/a`)).toEqual(["far"]);
    await expect(readManifests({ filename: [`${url}/b`] })).rejects.toThrow("server reported 404 Not Found");
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ["bad.yaml", "a: [1, 2", /error parsing .*bad\.yaml: error converting YAML to JSON: yaml: line 1: did not find expected ',' or '\]'$/],
    [
      "twice.yaml",
      "apiVersion: v1\nkind: A\nkind: B\n",
      /error parsing .*twice\.yaml: error converting YAML to JSON: yaml: line 3: Map keys must be unique/,
    ],
    ["text.yaml", "hello", /error validating ".*text\.yaml": error validating data: invalid object to validate; if you choose/],
    ["kind.yaml", "apiVersion: v1\n", /kind not set/],
    ["version.yaml", "kind: Pod\n", /apiVersion not set/],
    ["empty.yaml", "# nothing\n", /no objects passed to apply/],
  ])("say which file is wrong, and how: %s", async (name, content, message) => {
    await expect(readManifests({ filename: [file(name, content)] })).rejects.toThrow(message);
  });

  it("must exist and must be named", async () => {
    await expect(readManifests({ filename: [join(folder, "none.yaml")] })).rejects.toThrow(/the path ".*none\.yaml" does not exist/);
    await expect(readManifests({ filename: [] })).rejects.toThrow("must specify one of -f and -k");
  });
});

describe("values", () => {
  it("are read as Kubernetes reads them: YAML 1.1, with times as text", async () => {
    const path = file("values.yaml", `${CONFIG("v")}data: { mode: 0644, on: yes, off: "no", day: 2026-01-01, clock: 12:30, size: 1e3 }\n`);
    const [{ object }] = (await readManifests({ filename: [path] })) as unknown as [{ object: { data: object } }];
    expect(object.data).toEqual({
      mode: 420,
      true: true,
      false: "no",
      day: "2026-01-01",
      clock: "12:30",
      size: 1000,
    });
  });
});
