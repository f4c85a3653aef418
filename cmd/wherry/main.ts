import { argv, execPath } from "node:process";

// The command that people type. The parts of a cluster run through it too, so that one launcher serves all.
const [, script = "", first, ...rest] = argv;
const self = [execPath, script];

switch (first) {
  case "server":
    await (await import("@wherry/cmd-wherry-server/main.ts")).main(rest);
    break;
  case "agent":
    await (await import("@wherry/cmd-wherry-agent/main.ts")).main(rest);
    break;
  default:
    process.exitCode = await (await import("@wherry/cli")).main(first === undefined ? ["--help"] : [first, ...rest], self);
}
