import { escapeHtml } from "@wherry/machinery/patch/last-applied.ts";
import { UsageError } from "../../errors.ts";
import { sortKeys } from "../yaml.ts";
import { GoTemplate, TemplateExecutionError } from "./execute.ts";
import { formatValue } from "./format.ts";
import { TemplateSyntaxError } from "./parse.ts";
import { quoteGo } from "./quote.ts";
import { fromJson } from "./value.ts";

/**
 * An object as a Go template shows it. With `strict` a key that is not there is an error. Throws a UsageError in kubectl's words; on an error of the object the text
 * that was made before it, and what the template was given, go to standard output. Source: cli-runtime pkg/printers/template.go.
 */
export function renderGoTemplate(text: string, object: object, strict: boolean): string {
  const template = parsed(text);
  const data = fromJson(object);
  let out = "";
  try {
    template.execute(
      data,
      (more) => {
        out += more;
      },
      strict,
    );
    return out;
  } catch (error) {
    if (!(error instanceof TemplateExecutionError)) throw error;
    process.stdout.write(`${out}Error executing template: ${error.message}. Printing more information for debugging the template:
	template was:
		${text}
	raw data was:
		${escapeHtml(JSON.stringify(sortKeys(object)))}
	object given to template engine was:
		${formatValue(data)}

`);
    throw new UsageError(`error executing template ${quoteGo(text)}: ${error.message}`);
  }
}

function parsed(text: string): GoTemplate {
  try {
    return new GoTemplate("output", text);
  } catch (error) {
    if (error instanceof TemplateSyntaxError) throw new UsageError(`error parsing template ${text}, ${error.message}`);
    throw error;
  }
}
