import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const digestOf = (data: Buffer) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** A registry with one image of one layer, behind a password. Docker talks to 127.0.0.1 without TLS. */
export class TestRegistry {
  readonly #server: Server;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifest: Buffer;
  readonly #password: string;
  /** How often the layer was asked for. */
  layerReads = 0;
  #layer = "";

  private constructor(layer: Buffer, password: string) {
    this.#password = password;
    const config = {
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Cmd: ["/busybox", "true"], User: "1000" },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    };
    const put = (data: Buffer, mediaType: string) => {
      this.#blobs.set(digestOf(data), data);
      return { mediaType, size: data.length, digest: digestOf(data) };
    };
    const configEntry = put(Buffer.from(JSON.stringify(config)), "application/vnd.docker.container.image.v1+json");
    const layerEntry = put(gzipSync(layer), "application/vnd.docker.image.rootfs.diff.tar.gzip");
    this.#layer = layerEntry.digest;
    this.#manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: configEntry, layers: [layerEntry] }));
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async open(layer: Buffer, password: string): Promise<TestRegistry> {
    const registry = new TestRegistry(layer, password);
    registry.#server.listen(0, "127.0.0.1");
    await once(registry.#server, "listening");
    return registry;
  }

  /** `127.0.0.1:port` */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get manifestDigest(): string {
    return digestOf(this.#manifest);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const expected = `Basic ${Buffer.from(`user:${this.#password}`).toString("base64")}`;
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="test"', "Content-Type": "application/json" });
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return;
    }
    const [, kind, reference = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? "") ?? [];
    if (kind === undefined) response.end("{}");
    else if (kind === "manifests") this.#send(response, this.#manifest, MANIFEST, request.method === "HEAD");
    else {
      if (reference === this.#layer) this.layerReads++;
      this.#send(response, this.#blobs.get(reference), "application/octet-stream", request.method === "HEAD");
    }
  }

  #send(response: ServerResponse, data: Buffer | undefined, type: string, headOnly: boolean): void {
    if (!data) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": type, "Content-Length": data.length, "Docker-Content-Digest": digestOf(data) });
    response.end(headOnly ? undefined : data);
  }
}
