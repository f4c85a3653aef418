import { spawn } from "node:child_process";
import { get } from "node:http";
import { join } from "node:path";
import { SetupError, script, step } from "./console.mjs";
import { toolBin } from "./node.mjs";
import { ROOT } from "./root.mjs";
import { setUp } from "./setup.mjs";

const WHERRY = join(ROOT, "wherry");
/** The demo's NodePort: testdata/demo/web.yaml. */
const PAGE = "http://127.0.0.1:30080/";
const ROLLOUT_TIMEOUT = "180s";

/** Runs a command, gives its output; fails with what it said. */
function command(program, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new SetupError(`\`${[program, ...args].join(" ")}\` failed:\n${(err + out).trim()}`)),
    );
  });
}

const page = () =>
  new Promise((resolve, reject) => {
    get(PAGE, { agent: false, timeout: 5000 }, async (response) => {
      const body = (await response.setEncoding("utf8").toArray()).join("");
      if (response.statusCode === 200) resolve(body.trim());
      else reject(new SetupError(`${PAGE} answered ${response.statusCode}: ${body.trim()}`));
    }).on("error", (error) => reject(new SetupError(`${PAGE} does not answer: ${error.message}`)));
  });

// A one-node cluster, the demo on it, and the address of its page. Idempotent. `npm start -- FLAGS` gives the flags to `wherry up`.
await script(async () => {
  if (process.getuid() !== 0)
    throw new SetupError("pods need network devices and rules, which only root may make. Run:\n\n  sudo npm start");
  await setUp();
  let said = "";
  await step("cluster", async () => {
    said = (await command(WHERRY, "up", ...process.argv.slice(2))).trim();
  });
  await step("images of the demo (the first time they are made, which takes a minute or two)", () =>
    command(join(toolBin(ROOT), "node"), join("testdata", "images", "build.ts"), "web", "postgres").then(() => ""),
  );
  const [, kubeconfig, name] = said.match(/--kubeconfig (\S+) --context (\S+)/);
  const context = ["--kubeconfig", kubeconfig, "--context", name, "--namespace", "default"];
  await step("demo", async () => {
    await command(WHERRY, "apply", ...context, "--filename", "testdata/demo");
    for (const name of ["database", "web"])
      await command(WHERRY, "rollout", "status", ...context, `deployment/${name}`, "--timeout", ROLLOUT_TIMEOUT);
  });
  console.log(
    `\n${said}\n\n${await page()}\n\nThe demo answers on ${PAGE}\nLook around with \`./wherry get pods\`, stop with \`./wherry down\`, remove all with \`./wherry down --purge\`.`,
  );
  return 0;
});
