import { UsageError } from "../../errors.ts";

/** Who may ask for what. Each is a list of regular expressions between commas. */
export interface FilterOptions {
  acceptHosts: string;
  acceptPaths: string;
  rejectPaths: string;
  rejectMethods: string;
  disableFilter?: boolean;
}

/** What a filter looks at. `host` may have a port. */
export interface Asked {
  method: string;
  host: string;
  path: string;
}

/** A function that says whether a request is passed on. Throws a UsageError on a pattern that is none. Source: kubectl pkg/proxy/proxy_server.go. */
export function requestFilter(options: FilterOptions): (asked: Asked) => boolean {
  if (options.disableFilter) {
    process.stderr.write("Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n");
    return () => true;
  }
  const [hosts, paths, noPaths, noMethods] = [options.acceptHosts, options.acceptPaths, options.rejectPaths, options.rejectMethods].map(
    patterns,
  ) as [Test, Test, Test, Test];
  return ({ method, host, path }) => hosts(host.replace(/:\d+$/, "")) && paths(path) && !noPaths(path) && !noMethods(method);
}

type Test = (text: string) => boolean;

function patterns(text: string): Test {
  const expressions = text.split(",").map((part) => {
    try {
      return new RegExp(part);
    } catch (error) {
      throw new UsageError(`${JSON.stringify(part)}: ${(error as Error).message}`);
    }
  });
  return (word) => expressions.some((expression) => expression.test(word));
}
