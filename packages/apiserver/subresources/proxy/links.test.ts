import fc from "fast-check";
import { expect, it } from "vitest";
import { PageRewriter, rewriteLink } from "./links.ts";

const SITE = { prefix: "/p/proxy", scheme: "https", clientHost: "api:6443", host: "10.0.0.1:80" };

it.each([
  ["/x", "/p/proxy/x"],
  ["/", "/p/proxy/"],
  ["/x/?a=/b#c", "/p/proxy/x/?a=/b#c"],
  ["/p/proxy/x", "/p/proxy/x"],
  ["x/y", "x/y"],
  ["#top", "#top"],
  ["", ""],
  ["mailto:a@b", "mailto:a@b"],
  ["http://10.0.0.1:80/x", "https://api:6443/p/proxy/x"],
  ["//api:6443/x", "https://api:6443/p/proxy/x"],
  ["http://10.0.0.1:80", "https://api:6443/p/proxy/"],
  ["http://elsewhere/x", "http://elsewhere/x"],
])("a link to %j becomes %j", (link, wanted) => expect(rewriteLink(link, SITE)).toBe(wanted));

it("reads a page alike, wherever it is cut", () => {
  const words = ["<", ">", "a ", "href=", '"', "'", "/x", "<!--", "-->", "<script>", "</script>", "<IMG SRC=/y>", "text", "\n"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (parts, size) => {
      const page = parts.join("");
      const whole = new PageRewriter(SITE);
      const cut = new PageRewriter(SITE);
      let text = "";
      for (let at = 0; at < page.length; at += size) text += cut.write(page.slice(at, at + size));
      expect(text + cut.end()).toBe(whole.write(page) + whole.end());
    }),
  );
});
