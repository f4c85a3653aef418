import type { ApiResponse } from "./exchange.ts";

/** Above so many characters in all, each warning is cut; above so many after that, the rest is left out. Source: apiserver `filters.WithWarningRecorder`. */
const MAX_ALL = 4 * 1024;
const MAX_ONE = 256;

/**
 * The Warning headers that tell these, once each, in order. Text is UTF-8, as Go's clients read it. Source: RFC 7234 section 5.5, code 299;
 * apimachinery `net.NewWarningHeader`.
 */
export function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  if (warnings.length === 0) return {};
  const texts = fitting([...new Set(warnings)].filter(Boolean));
  return { warning: texts.map((text) => `299 - "${headerText(text)}"`) };
}

function fitting(texts: string[]): string[] {
  if (lengthOf(texts) <= MAX_ALL) return texts;
  const fits: string[] = [];
  for (const text of texts) {
    fits.push([...text].slice(0, MAX_ONE).join(""));
    if (lengthOf(fits) >= MAX_ALL) break;
  }
  return fits;
}

const lengthOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + [...text].length, 0);

/** As Node wants the bytes of a header: one character each. Control characters cannot stand in one. */
function headerText(text: string): string {
  const plain = text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ")
    .replace(/["\\]/g, "\\$&");
  return Buffer.from(plain).toString("latin1");
}

/** An answer that carries more Warnings. */
export function withWarnings(response: ApiResponse, texts: readonly string[]): ApiResponse {
  if (texts.length === 0) return response;
  const { warning = [] } = response.headers;
  const before = typeof warning === "string" ? [warning] : warning;
  return { ...response, headers: { ...response.headers, warning: [...before, ...(warningHeaders(texts).warning ?? [])] } };
}
