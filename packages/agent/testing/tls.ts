import { issueCertificate } from "@wherry/pki";
import { issueCa, newKey } from "@wherry/pki/issue.ts";

/** What an agent's server and its clients need, made once per process. */
export interface TestTls {
  /** For the agent. */
  agent: { cert: string; key: string; clientCa: string };
  ca: string;
  /** A client certificate of this common name. */
  client(commonName: string): Promise<{ cert: string; key: string }>;
}

let made: Promise<TestTls> | undefined;

/** Certificates for tests: real ones, so they are valid by the machine's clock. */
export function testTls(): Promise<TestTls> {
  made ??= make();
  return made;
}

async function make(): Promise<TestTls> {
  const now = Date.now();
  const ca = await issueCa("test-ca", newKey(), now);
  const server = await issueCertificate({ ca, subject: { commonName: "n1" }, usages: ["server"], hosts: ["127.0.0.1"], now });
  return {
    agent: { ...server, clientCa: ca.cert },
    ca: ca.cert,
    client: (commonName) => issueCertificate({ ca, subject: { commonName }, usages: ["client"], now }),
  };
}
