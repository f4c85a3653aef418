import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fastify from "fastify";

// What fastify alone takes, in a process of its own: the same TLS, one route for everything, bodies as they are. GET gives one body that was made before, POST gives back what was sent.
// Arguments: the cluster's pki folder, the size of the body.

const [folder = "", size = "0"] = process.argv.slice(2);
const file = (name: string) => readFileSync(join(folder, name));
const body = Buffer.alloc(Number(size), "x");

const https = { cert: file("apiserver.crt"), key: file("apiserver.key"), ca: file("ca.crt"), requestCert: true };
const app = fastify({ logger: false, https });
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, posted, done) => done(null, posted));
app.all("/*", async (request, reply) => {
  reply.header("content-type", "application/json");
  return request.method === "GET" ? body : request.body;
});
await app.listen({ host: "127.0.0.1", port: 0 });
process.send?.((app.server.address() as AddressInfo).port);
process.on("disconnect", () => process.exit(0));
