import { emptyError, fullMatch, maxLenError, regexError } from "./validation-messages.ts";

/** Each rule here gives what is wrong, in Kubernetes' words; nothing wrong is an empty list. Source: apimachinery pkg/util/validation. */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;

const labelPattern = fullMatch(LABEL);
const subdomainPattern = fullMatch(SUBDOMAIN);
const dns1035Pattern = fullMatch(DNS1035);
const wildcardPattern = fullMatch(`\\*\\.${SUBDOMAIN}`);
const qualifiedPattern = fullMatch(QUALIFIED);
const labelValuePattern = fullMatch(LABEL_VALUE);

const LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const DNS1035_MESSAGE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const WILDCARD_MESSAGE =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const QUALIFIED_MESSAGE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_MESSAGE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;

const tooLong = (value: string, max: number) => (value.length > max ? [maxLenError(max)] : []);

/** At most 63 characters, as in `my-name`. */
export function isDNS1123Label(value: string): string[] {
  const errors = tooLong(value, 63);
  if (labelPattern.test(value)) return errors;
  const dots = subdomainPattern.test(value);
  return [...errors, dots ? "must not contain dots" : regexError(LABEL_MESSAGE, LABEL, "my-name", "123-abc")];
}

/** At most 253 characters, as in `example.com`. */
export function isDNS1123Subdomain(value: string): string[] {
  const errors = tooLong(value, 253);
  return subdomainPattern.test(value) ? errors : [...errors, regexError(SUBDOMAIN_MESSAGE, SUBDOMAIN, "example.com")];
}

/** At most 63 characters and a letter first, as in `my-name`: what a Service is called. */
export function isDNS1035Label(value: string): string[] {
  const errors = tooLong(value, 63);
  return dns1035Pattern.test(value) ? errors : [...errors, regexError(DNS1035_MESSAGE, DNS1035, "my-name", "abc-123")];
}

/** As in `*.example.com`. */
export function isWildcardDNS1123Subdomain(value: string): string[] {
  const errors = tooLong(value, 253);
  return wildcardPattern.test(value) ? errors : [...errors, regexError(WILDCARD_MESSAGE, `\\*\\.${SUBDOMAIN}`, "*.example.com")];
}

/** A label or annotation key: `name`, or `example.com/name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split("/");
  const shape = regexError(QUALIFIED_MESSAGE, QUALIFIED, "MyName", "my.name", "123-abc");
  if (parts.length > 2) return [`a qualified name ${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const errors = parts.length === 2 ? prefixErrors(parts[0]!) : [];
  const name = parts.at(-1)!;
  if (name.length === 0) errors.push(`name part ${emptyError()}`);
  else if (name.length > 63) errors.push(`name part ${maxLenError(63)}`);
  if (!qualifiedPattern.test(name)) errors.push(`name part ${shape}`);
  return errors;
}

function prefixErrors(prefix: string): string[] {
  if (prefix.length === 0) return [`prefix part ${emptyError()}`];
  return isDNS1123Subdomain(prefix).map((message) => `prefix part ${message}`);
}

/** Empty, or at most 63 characters. */
export function isValidLabelValue(value: string): string[] {
  const errors = tooLong(value, 63);
  return labelValuePattern.test(value) ? errors : [...errors, regexError(LABEL_VALUE_MESSAGE, LABEL_VALUE, "MyValue", "my_value", "12345")];
}

/** What may stand as one segment of a URL: the least that any object's name must be. */
export function isPathSegmentName(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((c) => value.includes(c)).map((c) => `may not contain '${c}'`);
}

/**
 * Applies a rule for names to a `generateName` prefix: a trailing dash is fine, because more characters follow it. Source: apimachinery
 * `validation.maskTrailingDash`.
 */
export function ofPrefix(rule: (name: string) => string[], prefix: string): string[] {
  return rule(prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix);
}
