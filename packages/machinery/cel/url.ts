import type { Environment } from "@marcbachmann/cel-js";

/** An absolute URL, or a path. */
class CelUrl {
  readonly url: URL;
  readonly absolute: boolean;

  constructor(text: string) {
    this.absolute = !text.startsWith("/");
    this.url = new URL(text, this.absolute ? undefined : "http://nowhere");
  }
}

const works = (make: () => unknown): boolean => {
  try {
    make();
    return true;
  } catch {
    return false;
  }
};

/** Adds URLs. Source: apiserver `cel/library/urls.go`. */
export function urlFunctions(env: Environment): void {
  env.registerType("kubernetes.URL", CelUrl);
  env.registerFunction("url(string): kubernetes.URL", (text: string) => new CelUrl(text));
  env.registerFunction("isURL(string): bool", (text: string) => works(() => new CelUrl(text)));
  const part = (name: string, read: (url: URL) => string) =>
    env.registerFunction(`kubernetes.URL.${name}(): string`, ({ url, absolute }: CelUrl) =>
      absolute || name === "getEscapedPath" ? read(url) : "",
    );
  part("getScheme", (url) => url.protocol.replace(/:$/, ""));
  part("getHost", (url) => url.host);
  part("getHostname", (url) => url.hostname.replace(/^\[|\]$/g, ""));
  part("getPort", (url) => url.port);
  part("getEscapedPath", (url) => url.pathname);
  env.registerFunction("kubernetes.URL.getQuery(): map<string, list<string>>", ({ url }: CelUrl) => {
    const { searchParams } = url;
    return new Map([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
  });
}
