import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./errors.ts";

/** A file in the person's editor: `KUBE_EDITOR`, else `EDITOR`, else vi. The folder is removed by `close`, unless the text is to be kept. */
export class EditedFile {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "wherry-edit-"));

  constructor(extension: string) {
    this.path = join(this.#folder, `object${extension}`);
  }

  /** Shows the text, and gives it as it was saved. Throws when the editor cannot be run or fails. */
  async edit(text: string): Promise<string> {
    writeFileSync(this.path, text, { mode: 0o600 });
    await runEditor(this.path);
    return readFileSync(this.path, "utf8");
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Source: kubectl pkg/cmd/util/editor/editor.go: the command is one for the shell. */
function runEditor(path: string): Promise<void> {
  const command = process.env.KUBE_EDITOR || process.env.EDITOR || "vi";
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", `${command} "$1"`, "editor", path], { stdio: "inherit" });
    child.once("error", (error) => reject(new UsageError(`unable to launch the editor ${JSON.stringify(command)}: ${error.message}`)));
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new UsageError(`there was a problem with the editor ${JSON.stringify(command)}: set KUBE_EDITOR to another`));
    });
  });
}
