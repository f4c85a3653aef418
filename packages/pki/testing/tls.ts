import { issueCa, issueCertificate, newKey } from "../issue.ts";

const DAY = 86_400_000;

/** Certificates for tests, made once per process: real ones, valid by the machine's clock. */
export interface TestTls {
  ca: string;
  server: { cert: string; key: string; clientCa: string };
  /** A server's, for these names and addresses. */
  serverOf(...hosts: string[]): Promise<{ cert: string; key: string }>;
  client(commonName: string, organizations?: readonly string[]): Promise<{ cert: string; key: string }>;
  /** One whose time is over. */
  expired(): Promise<{ cert: string; key: string }>;
  /** One of an authority that nobody knows. */
  foreign(): Promise<{ cert: string; key: string }>;
}

let made: Promise<TestTls> | undefined;

export function testTls(): Promise<TestTls> {
  made ??= make();
  return made;
}

async function make(): Promise<TestTls> {
  const now = Date.now();
  const ca = await issueCa("test-ca", newKey(), now - 3000 * DAY);
  const other = await issueCa("other-ca", newKey(), now);
  const serverOf = (...hosts: string[]) => issueCertificate({ ca, subject: { commonName: "server" }, usages: ["server"], hosts, now });
  const server = await serverOf("127.0.0.1", "localhost");
  const issue = (issuer: typeof ca, commonName: string, at: number, organizations: readonly string[] = []) =>
    issueCertificate({ ca: issuer, subject: { commonName, organizations: [...organizations] }, usages: ["client"], now: at });
  return {
    ca: ca.cert,
    server: { ...server, clientCa: ca.cert },
    serverOf,
    client: (commonName, organizations) => issue(ca, commonName, now, organizations),
    expired: () => issue(ca, "late", now - 2000 * DAY),
    foreign: () => issue(other, "stranger", now),
  };
}
