import { type FieldError, invalid, isDNS1123Subdomain, isValidPortNum, required } from "@wherry/machinery";
import { present } from "./rules.ts";

/** How a webhook is reached. */
export interface WebhookClient {
  url?: string;
  service?: { name?: string; namespace?: string; path?: string; port?: number };
}

const FORM = "; desired format: https://host[/path]";
/** Scheme, authority, query and fragment of any text. Source: RFC 3986, appendix B. */
const URI = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

/** By a URL or through a service. Source: admissionregistration validation, apiserver `webhook.ValidateWebhookURL`, `ValidateWebhookService`. */
export function validateWebhookClient({ url, service }: WebhookClient, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(path, "exactly one of url or service is required")];
  return url === undefined ? validateService(service ?? {}, `${path}.service`) : validateUrl(url, `${path}.url`);
}

function validateUrl(url: string, path: string): FieldError[] {
  const [, scheme = "", authority = "", query, fragment] = URI.exec(url) ?? [];
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  return [
    ...(scheme === "https" ? [] : [invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(host ? [] : [invalid(path, host, `host must be specified${FORM}`)]),
    ...(at >= 0 ? [invalid(path, authority.slice(0, at), "user information is not permitted in the URL")] : []),
    ...(fragment ? [invalid(path, fragment, "fragments are not permitted in the URL")] : []),
    ...(query ? [invalid(path, query, "query parameters are not permitted in the URL")] : []),
  ];
}

function validateService(
  { name, namespace, path: urlPath = "", port = 443 }: NonNullable<WebhookClient["service"]>,
  path: string,
): FieldError[] {
  const wrong = isValidPortNum(port);
  return [
    ...present(`${path}.name`, name, "service name is required"),
    ...present(`${path}.namespace`, namespace, "service namespace is required"),
    ...(wrong.length > 0 ? [invalid(`${path}.port`, port, `port is not valid: ${wrong.join(",")}`)] : []),
    ...validatePath(urlPath, `${path}.path`),
  ];
}

function validatePath(value: string, path: string): FieldError[] {
  if (value === "" || value === "/") return [];
  if (value === "//") return [invalid(path, value, "segment[0] may not be empty")];
  const errors = value.startsWith("/") ? [] : [invalid(path, value, "must start with a '/'")];
  const steps = value.slice(1).replace(/\/$/, "").split("/");
  return [
    ...errors,
    ...steps.flatMap((step, i) => {
      if (step === "") return [invalid(path, value, `segment[${i}] may not be empty`)];
      return isDNS1123Subdomain(step).map((m) => invalid(path, value, `segment[${i}]: ${m}`));
    }),
  ];
}
