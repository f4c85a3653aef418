import { DER_SEQUENCE, type DerValue, derValues } from "@wherry/api/kinds/certificates/csr/der.ts";
import { UsageError } from "../errors.ts";

/** Attributes of a subject by their object identifiers, in hexadecimal. Source: X.520. */
const ATTRIBUTES = {
  commonName: "550403",
  serialNumber: "550405",
  country: "550406",
  locality: "550407",
  province: "550408",
  streetAddress: "550409",
  organization: "55040a",
  organizationalUnit: "55040b",
  postalCode: "550411",
} as const;
const EXTENSION_REQUEST = "2a864886f70d01090e";
const SUBJECT_ALT_NAME = "551d11";
const ATTRIBUTES_TAG = 0xa0;
const NAME_TAGS = { emailAddresses: 0x81, dnsNames: 0x82, uris: 0x86, ipAddresses: 0x87 } as const;

/** What a certificate request says. */
export interface RequestContent extends Record<keyof typeof NAME_TAGS, string[]> {
  subject: Record<keyof typeof ATTRIBUTES, string[]>;
}

/** Reads a request (PKCS #10, RFC 2986) as the API has it: PEM, in base64 again. Throws a UsageError where it is none. */
export function readRequest(request: string): RequestContent {
  const pem = Buffer.from(request, "base64").toString("latin1");
  const body = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END/.exec(pem)?.[1];
  if (body === undefined) throw new UsageError("Error parsing CSR: PEM block type must be CERTIFICATE REQUEST");
  try {
    return contentOf(Buffer.from(body, "base64"));
  } catch (error) {
    throw new UsageError(`Error parsing CSR: ${(error as Error).message}`);
  }
}

function contentOf(der: Buffer): RequestContent {
  const [outer] = derValues(der);
  const [info] = members(outer);
  const [, name, , ...attributes] = members(info);
  const names = subjectAltNames(attributes.find((value) => value.tag === ATTRIBUTES_TAG));
  const ofTag = (tag: number) => names.filter((value) => value.tag === tag).map((value) => value.content);
  return {
    subject: subjectOf(members(name)),
    emailAddresses: ofTag(NAME_TAGS.emailAddresses).map(text),
    dnsNames: ofTag(NAME_TAGS.dnsNames).map(text),
    uris: ofTag(NAME_TAGS.uris).map(text),
    ipAddresses: ofTag(NAME_TAGS.ipAddresses).map(addressText),
  };
}

/** Every part of a subject is a set of pairs of identifier and value. */
function subjectOf(parts: readonly DerValue[]): RequestContent["subject"] {
  const pairs = parts.flatMap((part) => derValues(part.content)).map(members);
  const of = ([, id]: [string, string]) =>
    pairs.filter(([key]) => key?.content.toString("hex") === id).map(([, value]) => text(value?.content ?? Buffer.alloc(0)));
  return Object.fromEntries(Object.entries(ATTRIBUTES).map((entry) => [entry[0], of(entry)])) as RequestContent["subject"];
}

function subjectAltNames(attributes: DerValue | undefined): DerValue[] {
  const wanted = find(attributes ? derValues(attributes.content) : [], EXTENSION_REQUEST);
  const extensions = wanted ? derValues(wanted.content).flatMap(members) : [];
  const names = find(extensions, SUBJECT_ALT_NAME);
  return names ? derValues(names.content).flatMap(members) : [];
}

/** The last part of the sequence that begins with this identifier. */
function find(sequences: readonly DerValue[], id: string): DerValue | undefined {
  return sequences
    .map(members)
    .find(([key]) => key?.content.toString("hex") === id)
    ?.at(-1);
}

function members(value: DerValue | undefined): DerValue[] {
  if (value?.tag !== DER_SEQUENCE) throw new Error("asn1: structure error: tags don't match");
  return derValues(value.content);
}

const text = (bytes: Buffer) => bytes.toString("utf8");

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = bytes.toString("hex").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
