/** Where a proxied site is found, and where it thinks it is. */
export interface Site {
  /** The path of the proxy subresource, without a slash at its end. */
  prefix: string;
  /** `https`, and the name that clients know this server by. */
  scheme: string;
  clientHost: string;
  /** The target's own `host:port`. */
  host: string;
}

/** A link of the site, as it must be for those who see the site through the proxy. Links that lead elsewhere, and relative ones, stay. Source: apimachinery `proxy.Transport.rewriteURL`. */
export function rewriteLink(link: string, { prefix, scheme, clientHost, host }: Site): string {
  const [, origin, linkHost = "", rest = ""] = /^((?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?(.*)$/is.exec(link.trim()) ?? [];
  if (linkHost && linkHost !== host && linkHost !== clientHost) return link;
  if (!rest.startsWith("/") && !(origin && rest === "")) return link;
  const start = origin ? `${scheme}://${clientHost}` : "";
  if (rest.startsWith(prefix)) return start + rest;
  return start + prefix + (rest || "/");
}

/** Attributes of HTML that hold one link. Source: apimachinery `atomsToAttrs`. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["formaction", "src", "usemap"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

/** A tag that is left as it is when it is longer: nobody's memory is filled with one. */
const MAX_TAG = 64 * 1024;
const ATTRIBUTE = /([^\s"'<>/=]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;
/** What is inside is text, whatever it looks like. */
const RAW = /^(script|style|textarea|title)$/;

/** Rewrites the links of a page as it comes. Latin-1 strings in and out: every byte stays itself, in whatever encoding the page is. */
export class PageRewriter {
  readonly #site: Site;
  #held = "";
  /** The end tag that raw text waits for. */
  #raw = "";

  constructor(site: Site) {
    this.#site = site;
  }

  /** What can be told of the page so far. */
  write(text: string): string {
    let rest = this.#held + text;
    let out = "";
    for (;;) {
      const [done, left, whole] = this.#next(rest);
      out += done;
      rest = left;
      if (!whole) break;
    }
    this.#held = rest.length > MAX_TAG ? "" : rest;
    return rest.length > MAX_TAG ? out + rest : out;
  }

  end(): string {
    return this.#held;
  }

  /** Takes text up to the end of the next tag: what is done, what is left, and whether there was a whole one. */
  #next(text: string): [done: string, left: string, whole: boolean] {
    if (this.#raw) {
      const close = text.toLowerCase().indexOf(this.#raw);
      if (close < 0) return this.#upTo(text, Math.max(0, text.length - this.#raw.length));
      this.#raw = "";
      return [text.slice(0, close), text.slice(close), true];
    }
    const open = text.indexOf("<");
    if (open < 0) return [text, "", false];
    if (text.startsWith("<!--", open) || "<!--".startsWith(text.slice(open))) {
      const close = text.indexOf("-->", open + 4);
      return close < 0 ? this.#upTo(text, open) : [text.slice(0, close + 3), text.slice(close + 3), true];
    }
    const end = tagEnd(text, open);
    if (end < 0) return this.#upTo(text, open);
    return [text.slice(0, open) + this.#tag(text.slice(open, end)), text.slice(end), true];
  }

  #upTo(text: string, at: number): [string, string, boolean] {
    return [text.slice(0, at), text.slice(at), false];
  }

  #tag(tag: string): string {
    const name = /^<([a-z][^\s/>]*)/i.exec(tag)?.[1]?.toLowerCase();
    if (name && RAW.test(name) && !tag.endsWith("/>")) this.#raw = `</${name}`;
    const links = name ? LINKS[name] : undefined;
    if (!links) return tag;
    return tag.replace(ATTRIBUTE, (all, attribute: string, equals: string, double?: string, single?: string, bare?: string) => {
      if (!links.includes(attribute.toLowerCase())) return all;
      const quote = double !== undefined ? '"' : single !== undefined ? "'" : "";
      return `${attribute}${equals}${quote}${rewriteLink(double ?? single ?? bare ?? "", this.#site)}${quote}`;
    });
  }
}

/** Behind the `>` that ends a tag, quoted ones left out; -1 when it has not come yet. */
function tagEnd(text: string, open: number): number {
  let quote = "";
  for (let at = open + 1; at < text.length; at++) {
    const char = text[at] as string;
    if (quote) quote = char === quote ? "" : quote;
    else if ((char === '"' || char === "'") && /[=\s]/.test(text[at - 1] as string)) quote = char;
    else if (char === ">") return at + 1;
  }
  return -1;
}
