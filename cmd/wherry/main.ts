import { argv, execPath, exit, stderr, version } from "node:process";

// The command that people type. The parts of a cluster run through it too, so that one launcher serves all.
const NODE_MAJOR = 24;
const [, script = "", first, ...rest] = argv;
const self = [execPath, script];

if (Number(version.slice(1).split(".")[0]) < NODE_MAJOR) {
  stderr.write(`error: wherry needs Node.js ${NODE_MAJOR} or newer, and this is ${version}: put a newer one first on the PATH\n`);
  exit(1);
}

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
