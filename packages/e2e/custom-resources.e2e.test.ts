import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing, ROOT, run } from "./cluster.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";

const FOLDER = join(ROOT, "testdata", "custom-resources");
const DEFINITION = readFileSync(join(FOLDER, "crontab-definition.yaml"), "utf8");
const OBJECT = readFileSync(join(FOLDER, "crontab.yaml"), "utf8");
const NAME = "my-new-cron-object";
const BINARIES = missing() ? [] : [kubectlPath(), ...versionedKubectls()];

describeOnCluster("custom resources", "e2e-custom", (cluster) => {
  it.concurrent.each(BINARIES)("with %s", async (binary) => {
    const { clientVersion } = JSON.parse((await run(binary, ["version", "--client", "-o", "json"])).stdout);
    const minor = Number.parseInt(clientVersion.minor, 10);
    // A group of its own for each: definitions are of the whole cluster.
    const group = `by-${binary.split("/").at(-1)?.replaceAll(".", "-")}.example.com`;
    // And a category: `get all` would also find the definitions of the others, which go meanwhile.
    const category = `all-${group.split(".")[0]}`;
    const own = (manifest: string) => manifest.replaceAll("stable.example.com", group).replace("- all\n", `- ${category}\n`);
    const crd = `crd/crontabs.${group}`;
    const k = await Kubectl.inNamespace(cluster(), `custom-${group.split(".")[0]}`, binary);

    expect(await k.with(own(DEFINITION), "apply")).toBe(`customresourcedefinition.apiextensions.k8s.io/crontabs.${group} created\n`);
    expect(await k.run("wait", "--for=condition=Established", crd, "--timeout=60s")).toContain("condition met");
    expect(await k.with(own(OBJECT), "apply")).toBe(`crontab.${group}/${NAME} created\n`);
    expect(await k.with(own(OBJECT), "apply")).toBe(`crontab.${group}/${NAME} unchanged\n`);

    const object = `crontabs.${group}/${NAME}`;
    expect(await k.run("get", object)).toMatch(/^NAME +SPEC +REPLICAS +AGE\nmy-new-cron-object +\* \* \* \* \*\/5 +1 +\d+s\n$/);
    expect(await k.run("get", object, "-o", "wide")).toMatch(/^NAME +SPEC +REPLICAS +AGE +IMAGE\n.* my-awesome-cron-image\n$/);
    expect(await k.run("get", category, "-o", "name")).toBe(`crontab.${group}/${NAME}\n`);
    expect(await k.run("get", `crontabs.${group}`, "--field-selector", "spec.image=my-awesome-cron-image", "-o", "name")).toContain(NAME);
    expect(await k.run("api-resources", "--api-group", group)).toMatch(/^crontabs +ct +by-\S+\/v1 +true +CronTab$/m);
    expect(await k.run("describe", object)).toMatch(/Spec:\n {2}Cron Spec: +\* \* \* \* \*\/5\n {2}Image: +my-awesome-cron-image/);
    expect(await k.run("explain", `crontabs.spec`, "--api-version", `${group}/v1`)).toMatch(
      /cronSpec\s+<string>.*\n\s+The times, as cron has them\./,
    );

    const selector = { status: { replicas: 2, labelSelector: "app=cron" } };
    await k.run("scale", object, "--replicas=3");
    await k.run("patch", object, "--subresource=status", "--type=merge", "-p", JSON.stringify(selector));
    if (minor >= 29) expect(await k.run("wait", object, "--for=jsonpath={.status.replicas}=2", "--timeout=60s")).toContain("condition met");
    expect(JSON.parse(await k.run("get", "--raw", `/apis/${group}/v1/namespaces/${k.namespace}/crontabs/${NAME}/scale`))).toMatchObject({
      kind: "Scale",
      spec: { replicas: 3 },
      status: { replicas: 2, selector: "app=cron" },
    });
    expect(await k.run("get", object, "-o", "jsonpath={.metadata.generation} {.spec.replicas}")).toBe("2 3");

    expect(await k.refused("patch", object, "--type=merge", "-p", '{"spec":{"replicas":40}}')).toBe(
      `The CronTab "${NAME}" is invalid: spec.replicas: Invalid value: 40: spec.replicas in body should be less than or equal to 10\n`,
    );
    expect(await k.refused("patch", object, "--type=merge", "-p", '{"spec":{"image":"other"}}')).toContain("the image of a crontab stays");
    const typo = await k.try(["apply", "-f", "-"], { input: own(OBJECT).replace("image:", "imgae:") });
    expect(typo).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown field "spec.imgae"') });
    expect(await k.with(own(OBJECT), "apply", "--server-side", "--force-conflicts")).toContain("serverside-applied");

    expect(await k.run("delete", crd)).toContain("deleted");
    expect(await k.refused("get", `crontabs.${group}`)).toContain(`the server doesn't have a resource type "crontabs"`);
  });
});
