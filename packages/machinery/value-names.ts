import { isIP, isIPv4 } from "node:net";
import { emptyError, fullMatch, inclusiveRangeError, maxLenError, regexError } from "./validation-messages.ts";

/** Rules for values inside objects. Each gives what is wrong, in Kubernetes' words. Source: apimachinery pkg/util/validation. */

const ENV_NAME = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const HEADER_NAME = "[-A-Za-z0-9]+";
const PERCENT = "[0-9]+%";
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";

const envNamePattern = fullMatch(ENV_NAME);
const configKeyPattern = fullMatch(CONFIG_KEY);
const headerNamePattern = fullMatch(HEADER_NAME);
const percentPattern = fullMatch(PERCENT);
const cIdentifierPattern = fullMatch(C_IDENTIFIER);

const ENV_MESSAGE =
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
const CONFIG_KEY_MESSAGE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

/** A name of an environment variable. */
export function isEnvVarName(value: string): string[] {
  const errors = envNamePattern.test(value) ? [] : [regexError(ENV_MESSAGE, ENV_NAME, "my.env-name", "MY_ENV.NAME", "MyEnvName1")];
  return [...errors, ...directoryErrors(value)];
}

/** A key of a ConfigMap's or Secret's data: it may become a file. */
export function isConfigMapKey(value: string): string[] {
  const errors = value.length > 253 ? [maxLenError(253)] : [];
  if (!configKeyPattern.test(value)) errors.push(regexError(CONFIG_KEY_MESSAGE, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"));
  return [...errors, ...directoryErrors(value)];
}

function directoryErrors(value: string): string[] {
  if (value === "." || value === "..") return [`must not be '${value}'`];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

/** A TCP or UDP port: 1 to 65535. */
export function isValidPortNum(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [inclusiveRangeError(1, 65535)];
}

/** An IANA service name: at most 15 of `a-z0-9-`. */
export function isValidPortName(name: string): string[] {
  const errors: string[] = [];
  if (name.length > 15) errors.push(maxLenError(15));
  if (!/^[-a-z0-9]+$/.test(name)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) errors.push("must contain at least one letter (a-z)");
  if (name.includes("--")) errors.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** IPv4 or IPv6; no leading zeros. */
export function isValidIP(value: string): string[] {
  return isIP(value) ? [] : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
}

/** As in `10.9.8.0/24`. */
export function isValidCIDR(value: string): string[] {
  const [address = "", bits = "", ...rest] = value.split("/");
  const most = isIPv4(address) ? 32 : 128;
  const good = rest.length === 0 && isIP(address) !== 0 && /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= most;
  return good ? [] : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
}

/** As in `25%`. */
export function isValidPercent(value: string): string[] {
  if (percentPattern.test(value)) return [];
  return [regexError("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, "1%", "93%")];
}

/** As in `X-Header-Name`. */
export function isHTTPHeaderName(value: string): string[] {
  if (headerNamePattern.test(value)) return [];
  return [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER_NAME, "X-Header-Name")];
}

/** As in `my_name`. */
export function isCIdentifier(value: string): string[] {
  if (cIdentifierPattern.test(value)) return [];
  const message =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
  return [regexError(message, C_IDENTIFIER, "my_name", "MY_NAME", "MyName")];
}

/** A user or group id of a process: 0 to 2^31-1. */
export function isValidUserID(id: number): string[] {
  return Number.isInteger(id) && id >= 0 && id <= 2147483647 ? [] : [inclusiveRangeError(0, 2147483647)];
}

/** A label key with a domain, as finalizers and conditions want: `example.com/name`. */
export function isDomainPrefixed(value: string): string[] {
  if (value.length === 0) return [emptyError()];
  const slash = value.indexOf("/");
  return slash > 0 && slash < value.length - 1 ? [] : ['must be a domain-prefixed path (such as "acme.io/foo")'];
}
