import { type FieldError, invalid, isDNS1123Label, isDNS1123Subdomain, required, tooLong } from "@wherry/machinery";

const MAX_DOMAIN = 253;
/** The path may name an object: a namespace's name, a dot, an object's name. */
const MAX_PATH = 63 + 1 + 253;

/** `example.com/name`. Source: core validation `ValidateSignerName`. */
export function validateSignerName(path: string, name: string | undefined): FieldError[] {
  if (!name) return [required(path)];
  const [domain = "", rest = "", ...more] = name.split("/");
  if (!name.includes("/") || more.length > 0)
    return [invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  const labels = domain.split(".");
  return [
    ...(domain.length > MAX_DOMAIN ? [tooLong(path, MAX_DOMAIN)] : []),
    ...firstBad(path, domain, labels, isDNS1123Label),
    ...(labels.length < 2 ? [invalid(path, domain, "should be a domain with at least two segments separated by dots")] : []),
    ...(rest.length > MAX_PATH ? [tooLong(path, MAX_PATH)] : []),
    ...firstBad(path, rest, rest.split("."), isDNS1123Subdomain),
  ];
}

function firstBad(path: string, value: string, labels: readonly string[], rule: (label: string) => string[]): FieldError[] {
  const bad = labels.find((label) => rule(label).length > 0);
  return bad === undefined ? [] : rule(bad).map((m) => invalid(path, value, `validating label ${JSON.stringify(bad)}: ${m}`));
}
