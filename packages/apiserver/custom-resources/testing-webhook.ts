import https from "node:https";
import type { AddressInfo } from "node:net";
import { deferred } from "@wherry/base";
import { testTls } from "@wherry/pki/testing/tls.ts";

/** An object on its way through the webhook. */
export interface Loose {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec?: Record<string, unknown>;
}

/** What a webhook was asked. */
export interface Review {
  apiVersion: string;
  kind: string;
  request: { uid: string; desiredAPIVersion: string; objects: Loose[] };
}

/** A webhook that converts between `spec.host`, `spec.port` and, in v1, `spec.hostPort`. */
export interface TestWebhook {
  url: string;
  port: number;
  caBundle: string;
  /** Everything it was asked, in order. */
  reviews: Review[];
  /** Takes the place of its answer; undefined for none at all. */
  answer: (review: Review) => unknown;
  /** Resolves when it is asked for the n-th time from the start. */
  asked(n: number): Promise<void>;
  close(): Promise<void>;
}

/** `example.com/v1` has `spec.hostPort`, all others `spec.host` and `spec.port`. */
export function convertHostPort(object: Loose, apiVersion: string): Loose {
  const { hostPort, host, port, ...spec } = object.spec ?? {};
  const joined = hostPort ?? (host === undefined && port === undefined ? undefined : `${host ?? ""}:${port ?? ""}`);
  if (joined === undefined) return { ...object, apiVersion };
  const [first, second] = String(joined).split(":");
  const next = apiVersion.endsWith("/v1") ? { ...spec, hostPort: joined } : { ...spec, ...(first && { host: first }), port: second };
  return { ...object, apiVersion, spec: next };
}

/** The answer to a review, with each object as `convert` gives it. */
export function converted({ apiVersion, kind, request }: Review, convert = convertHostPort, response: object = {}): object {
  const convertedObjects = request.objects.map((object) => convert(object, request.desiredAPIVersion));
  return { apiVersion, kind, response: { uid: request.uid, result: { status: "Success" }, convertedObjects, ...response } };
}

/** Serves a webhook until it is closed, on an address that its certificate is for, or behind one of these names. */
export async function startWebhook(address = "127.0.0.1", ...names: string[]): Promise<TestWebhook> {
  const { ca, serverOf } = await testTls();
  const tls = await serverOf(address, ...names);
  const waiting: { n: number; done(): void }[] = [];
  const server = https.createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Review;
      webhook.reviews.push(review);
      for (const { n, done } of waiting) if (webhook.reviews.length >= n) done();
      const answer = webhook.answer(review);
      if (answer === undefined) return;
      if (typeof answer === "number") response.writeHead(answer).end("no");
      else
        response.writeHead(200, { "content-type": "application/json" }).end(typeof answer === "string" ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const webhook: TestWebhook = {
    ...{ port, url: `https://${address}:${port}/convert`, caBundle: Buffer.from(ca).toString("base64"), reviews: [] },
    answer: (review) => converted(review),
    asked(n) {
      const { promise, resolve } = deferred();
      if (webhook.reviews.length >= n) resolve();
      else waiting.push({ n, done: resolve });
      return promise;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return webhook;
}
