import { hasKubectl, type Ran, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("what command lines mean is not compared with kubectl: it is not installed");

const MANIFEST = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { tier: front } }
data: { color: blue }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: more, labels: { tier: back } }
---
apiVersion: v1
kind: Pod
metadata: { name: alone, labels: { run: alone } }
spec: { containers: [{ name: alone, image: "alone:1" }, { name: side, image: "side:1" }] }
`;

/** Each line is run by both. \`\\s\` is a blank within a word. */
const LINES = `
get pod/alone cm/settings -o name
get pod alone alone -o name
get cm settings more -o name
get pods,cm -o name
get pods,nonsense
get po,cm -l tier=front -o name
get deployments.apps -o name
get configmaps.v1. settings -o name
get cm -l tier=front
get cm -l tier\\sin\\s(front,back) -o name
get cm -l tier!=front -o name
get cm --field-selector metadata.name=settings -o name
get cm settings -l tier=front
get cm settings --field-selector metadata.name=settings
get cm settings -A
get cm -n nowhere
get nonsense
get nonsense/x
get pod/alone/x
get /alone
get pods/
get pods alone/x
get pod alone cm/settings
get pods nobody
get pods nobody --ignore-not-found
get -f FILE -o name
get -f FILE settings
get -f /nonexistent.yaml
describe pods nobody
describe pod/nobody
describe cm/settings cm/nobody
describe cm -l tier=back
describe cm -n nowhere
describe nonsense
describe cm settings -l tier=front
delete cm
delete pod alone cm/settings
delete cm settings -l tier=front
wait
wait pod/alone
wait pod/alone --for=nonsense
wait pod/alone --for=jsonpath={.metadata.name}=alone
wait pod/alone --for=jsonpath=.metadata.name=alone
wait pod/alone --for=jsonpath={.spec.containers[*].name}=x
wait pod/alone --for=jsonpath={.metadata.name}=
wait pod/alone --for=jsonpath={.metadata.name}=alone -o name
wait pod/nobody --for=condition=Ready
wait pod/nobody cm/nobody --for=condition=Ready
wait pod/nobody --for=delete
wait pod/nobody --for=delete --timeout=-1s
wait pods --for=condition=Ready
wait cm --all --for=jsonpath={.metadata.namespace}=shop
wait pods -l run=nobody --for=condition=Ready
wait pods -l run=nobody --for=delete
wait cm/settings --for=condition=Ready --timeout=10ms
wait cm/settings --for=condition=Ready --timeout=0
wait cm/settings --for=condition=Ready --timeout=x
wait cm/settings --for=condition=Ready --timeout=5
wait nonsense/x --for=delete
wait -f FILE --for=jsonpath={.metadata.namespace}=shop
`;

const words = (line: string): string[] => line.split(" ").map((word) => word.replaceAll("\\s", " "));

describe.skipIf(!hasKubectl)("what a command line names, beside kubectl", () => {
  let both: SideBySide;
  let file: string;
  beforeAll(async () => {
    both = await SideBySide.start(main);
    file = both.file("manifest.yaml", MANIFEST);
    expect(await both.wherry("create", "namespace", "shop")).toMatchObject({ code: 0 });
    expect(await both.wherry("apply", "-n", "shop", "-f", file)).toMatchObject({ code: 0 });
  });
  afterAll(() => both?.close());

  /** Ages go on, and the programs have different names. */
  const normal = ({ code, out, err }: Ran) => {
    const text = (said: string) => said.replaceAll(/kubectl(?!\.kubernetes)/g, "wherry").replaceAll(/\b\d+(s|m|m\d+s)( +|$)/gm, "AGE ");
    return { code, out: text(out), err: text(err).split("\nSee 'wherry")[0]?.trim() };
  };

  it.each(LINES.trim().split("\n"))("%s", async (line) => {
    const args = words(line).map((word) => word.replace(/^FILE$/, file));
    const given = args.includes("-n") ? args : [...args, "-n", "shop"];
    const [theirs, ours] = [await both.kubectl(...given), await both.wherry(...given)];
    expect(normal(ours)).toEqual(normal(theirs));
  });

  it("waits for what is not there yet", async () => {
    const waiting = both.wherry("wait", "cm/late", "--for=create", "-n", "shop");
    await both.kubectl("create", "configmap", "late", "-n", "shop");
    expect(await waiting).toEqual({ code: 0, out: "configmap/late condition met\n", err: "" });
    const missing = await both.wherry("wait", "cm/never", "--for=create", "--timeout=1ms", "-n", "shop");
    expect(missing).toEqual({ code: 1, out: "", err: "error: timed out waiting for the condition\n" });
  });

  it("waits for what the files say, without a server, with --local", async () => {
    const waiting = await both.wherry("wait", "-f", file, "--for=jsonpath={.kind}=ConfigMap", "--local");
    expect(waiting).toMatchObject({ code: 1, out: "configmap/settings condition met\nconfigmap/more condition met\n" });
    expect(waiting.err).toMatch(/condition not met for pods?\/alone/);
  });
});
