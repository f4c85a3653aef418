import { hasKubectl, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../index.ts";

if (!hasKubectl) console.warn("Go templates are not compared with kubectl's: it is not installed");

const MANIFEST = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { tier: front, app: a }, annotations: { size: "12" } }
data: { color: blue, html: "<a href='x'>&\\"</a>", umlaut: "äöü €", encoded: aGVsbG8gd29ybGQ=, empty: "", lines: "one\\ntwo\\n" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, generation: 1, labels: { app: web } }
spec:
  replicas: 2
  revisionHistoryLimit: 2000000
  paused: true
  progressDeadlineSeconds: 1234567
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - { name: one, image: "web:1", ports: [{ containerPort: 80, name: http }, { containerPort: 443 }], resources: { limits: { cpu: 100m } } }
      - { name: two, image: "web:2", args: [a, b, c] }
`;

/** Of the ConfigMap, one on each line; \`⏎\` is an end of line. */
const OF_CONFIG_MAP = String.raw`
{{.kind}}
{{ .data.color }} {{.data.nothing}} {{.nothing.at.all}}
{{index .data "color"}} {{index .data "nothing"}} {{(index .metadata "labels").tier}}
{{range .data}}[{{.}}]{{end}}
{{range $k, $v := .data}}{{$k}}={{$v}};{{end}}
{{range $v := .metadata.labels}}{{$v}},{{end}}
{{range .nothing}}x{{else}}none{{end}}
{{range $i, $c := .data}}{{if eq $i "empty"}}{{continue}}{{end}}{{if eq $i "html"}}{{break}}{{end}}{{$i}} {{end}}
{{if .data.color}}yes{{end}}{{if .data.empty}}no{{else}}empty{{end}}
{{if .data.nothing}}a{{else if eq .data.color "blue"}}b{{else}}c{{end}}
{{with .data.color}}{{.}}{{end}}{{with .nothing}}x{{else}}y{{end}}
{{with $x := .data.color}}{{$x}}{{$.kind}}{{end}}
{{with .nothing}}x{{else with .data.color}}{{.}}{{end}}
{{$x := 1}}{{$x}}{{$x = "two"}}{{$x}}{{if true}}{{$x = 3}}{{$x := 4}}{{$x}}{{end}}{{$x}}
a  {{- .kind -}}   b {{.kind -}}⏎  c {{- /* a comment */ -}} d {{/* another */}} e
{{define "t"}}<{{.}}>{{end}}{{template "t" .data.color}}{{template "t"}}
{{block "b" .data.color}}block {{.}}{{end}}
{{define "r"}}{{if .}}{{.}}{{template "r"}}{{end}}{{end}}{{template "r" 1}}
{{printf "%s %v %q %d %5d|%-5d|%05d %x %X" .data.color .data.umlaut .data.lines 42 42 42 42 42 "hi"}}
{{printf "%s %d %v" .nothing "text" .nothing}} {{printf "%d%%" 5}} {{printf "%d"}} {{printf "x" 1 "b"}} {{printf "%!"}}
{{printf "%t %v %5t" true false true}} {{printf "%c %U %q %#x %b %o" 'a' 'a' 'a' 255 5 8}}
{{printf "%f %.2f %e %g %8.3f|%+d % d" 1.5 1.234 12345.678 0.00001 3.14159 5 5}}
{{printf "%T %T %T %T %T %T" 1 1.5 "a" true . .data.color}} {{printf "%#v %#v" .metadata.labels "a"}}
{{printf "%10s|%-10s|%.2s" "abc" "abc" "abc"}} {{printf "%[2]d %[1]d" 1 2}} {{printf "%*d" 5 42}} {{printf "%v %v" 1}}
{{print 1 2 "a" "b" 3 4.5 nil true}}{{println "a" 1}}{{print}}
{{print .metadata.labels .nothing nil}} {{println .data.color .data.empty}}
{{len .data}} {{len .data.color}} {{len .data.umlaut}} {{len "€"}}
{{slice .data.color 1 3}} {{slice .data.color 2}} {{slice .data.color}}
{{index "abc" 1}} {{'a'}} {{1.5}} {{1e3}} {{1000000.0}} {{1e20}} {{1e21}} {{0x1F}} {{1_000}} {{-3}} {{0b101}} {{0o17}} {{017}} {{.5}} {{123456.0}} {{1234567.0}} {{0.0001}} {{0.00001}}
{{html .data.html}} {{.data.html | html}} {{js .data.html}} {{urlquery .data.html}} {{urlquery .data.umlaut " +/"}}
{{js "a=b\n\t'é'"}} {{html 1 "a<"}} {{.nothing | html}}
{{base64decode .data.encoded}} {{.data.encoded | base64decode | printf "%s!"}}
{{exists . "data" "color"}} {{exists . "data" "nothing"}} {{exists . "nothing" "at"}}
{{and 1 0 2}} {{or 0 "" "x"}} {{not .data.empty}} {{and true .data.color}} {{or .nothing .data.empty}} {{and}}
{{eq 1 1}} {{eq .data.color "red" "blue"}} {{ne "a" "b"}} {{lt 1 2}} {{le 2 2}} {{gt "b" "a"}} {{ge 1.5 2.5}} {{eq .nothing "x"}} {{eq .nothing nil}} {{eq true true}}
{{"a\tb\"\u00e9\x41"}} {{${"`"}raw\n${"`"}}} {{true}} {{(print "x" | printf "%s-%s" "a")}} {{(.metadata).name}} {{(index .data "color") | len}}
{{range $i, $x := slice "abc" 0 2 | printf "%s" | len | printf "%d"}}{{end}}
{{with $y := .metadata.labels}}{{range $k, $v := $y}}{{$k}}:{{$v}} {{end}}{{$y.app}}{{end}}
{{.kind | }}
{{.}}{{printf "%v" .data | len}}
{{ .metadata.labels }} {{$}} {{$.kind}}
{{ "x" | print "y" }} {{ 1 | printf "%03d" }} {{ "abc" | printf "%s %s" "first" }}
text only
{{/* nothing */}}
`;

/** Of the Deployment. */
const OF_DEPLOYMENT = String.raw`
{{.spec.replicas}} {{.spec.revisionHistoryLimit}} {{.spec.progressDeadlineSeconds}} {{.spec.paused}}
{{range .spec.template.spec.containers}}{{.name}}: {{.image}}{{range .ports}} {{.containerPort}}{{end}}{{"\n"}}{{end}}
{{range $i, $c := .spec.template.spec.containers}}{{$i}} {{$c.name}} {{len $c.ports}}{{end}}
{{(index .spec.template.spec.containers 0).name}} {{index .spec.template.spec.containers 1 "args" 2}}
{{range $i, $c := .spec.template.spec.containers}}{{if $i}}, {{end}}{{.name}}{{end}}
{{eq .spec.replicas 2.0}} {{printf "%v %.0f %T" .spec.replicas .spec.replicas .spec.replicas}} {{gt .spec.replicas 1.5}}
{{.spec.template.spec.containers}}
{{(index .spec.template.spec.containers 1).args}} {{slice (index .spec.template.spec.containers 1).args 1}} {{range (index .spec.template.spec.containers 1).args}}{{.}}{{end}}
{{$n := 0}}{{range .spec.template.spec.containers}}{{$n = .name}}{{end}}{{$n}}
{{index .metadata.labels "app"}} {{with index .spec.template.spec.containers 0}}{{.name}}{{end}}
{{printf "%s" .spec.replicas}} {{printf "%d" .spec.replicas}} {{printf "%v %s" .spec.template.spec.containers .metadata.labels}} {{printf "%q" (index .spec.template.spec.containers 1).args}}
`;

/** What cannot be read, or not be done. */
const REFUSED = String.raw`
{{
{{.kind
{{.kind}
{{if .kind}}x
{{end}}
{{else}}
{{if}}x{{end}}
{{range}}x{{end}}
{{| .kind}}
{{nonsense .kind}}
{{$x}}
{{"abc}}
{{'a}}
{{${"`"}abc}}
{{.data.color | 5}}
{{1.2.3}}
{{12abc}}
{{.kind)}}
{{(.kind}}
{{.kind#}}
{{ # }}
{{/* unclosed }}
{{/* a */ x}}
{{template x}}
{{template "nothing"}}
{{define x}}{{end}}
{{define "a"}}x{{end}}{{define "a"}}y{{end}}
{{break}}
{{$x : 1}}
{{range $i, 1 := .data}}{{end}}
{{if .kind}}a{{else}}b{{else}}c{{end}}
{{nil}}
{{"x" 1}}
{{.kind 1}}
{{.kind.x}}
{{with .kind}}{{.x}}{{end}}
{{.data.color.x}}
{{range .kind}}{{end}}
{{index .kind "x"}}
{{index .data 1}}
{{index .nothing 1}}
{{index .data.color 10}}
{{index .data.color "x"}}
{{index 5 1}}
{{len 5}}
{{len nil}}
{{len .nothing}}
{{slice .data 1}}
{{slice .data.color 3 1}}
{{slice .data.color 30}}
{{eq 1 "a"}}
{{eq 1.5 1}}
{{eq 1}}
{{lt .data .data}}
{{lt 1 "a"}}
{{lt .nothing 1}}
{{not}}
{{not 1 2}}
{{len}}
{{base64decode "a*b"}}
{{base64decode .nothing}}
{{base64decode 5}}
{{printf}}
{{printf 5}}
{{printf .nothing}}
{{call .kind}}
before {{.kind}} {{.kind.x}} after
one⏎two {{.kind}}⏎  three {{.data.x.y}} {{.kind.z}}
{{define "t"}}{{.a.b}}{{end}}{{template "t" .kind}}
{{if .kind}}⏎⏎{{.kind⏎
{{true.x}}
{{1 := 2}}
{{$x = 1}}
{{.kind | len | nonsense}}
{{(1).x}}
{{"unknown \z escape"}}
{{99999999999999999999}}
`;

/** Keys that must be there. */
const STRICT = `
{{.nothing}}
{{.data.color}} {{.data.nothing}}
{{.nothing.more}}
{{index .data "nothing"}}
{{range .nothing}}{{end}}
{{if .data.nothing}}{{end}}
`;

const lines = (text: string): string[] => text.trim().split("\n");

describe.skipIf(!hasKubectl)("-o go-template, beside kubectl", () => {
  let both: SideBySide;
  beforeAll(async () => {
    both = await SideBySide.start(main);
    expect((await both.kubectl("apply", "-f", both.file("objects.yaml", MANIFEST))).err).toBe("");
  });
  afterAll(() => both?.close());

  const compare = async (words: string[]) => {
    const [theirs, ours] = [await both.kubectl(...words), await both.wherry(...words)];
    expect(ours).toEqual(theirs);
    return ours;
  };

  it.each(lines(OF_CONFIG_MAP))("%s", async (line) => {
    await compare(["get", "cm", "settings", "-o", `go-template=${line.replaceAll("⏎", "\n")}`]);
  });

  it.each(lines(OF_DEPLOYMENT))("%s", async (line) => {
    await compare(["get", "deploy", "web", "-o", `go-template=${line}`]);
  });

  it.each(lines(REFUSED))("refuses %s", async (line) => {
    const { code } = await compare(["get", "cm", "settings", "-o", `go-template=${line.replaceAll("⏎", "\n")}`]);
    expect(code).toBe(1);
  });

  it.each(lines(STRICT))("with every key there: %s", async (line) => {
    await compare(["get", "cm", "settings", "--allow-missing-template-keys=false", "-o", `go-template=${line}`]);
  });

  it("takes the template from a file, from --template, and of a list", async () => {
    const file = both.file("names.tmpl", '{{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}');
    for (const words of [
      ["-o", `go-template-file=${file}`],
      ["-o", `templatefile=${file}`],
      ["-o", "go-template-file", "--template", file],
      ["-o", "go-template", "--template", "{{len .items}}"],
      ["-o", "template={{.kind}}"],
      ["--template", "{{.kind}}"],
      ["-o", "go-template"],
      ["-o", "go-template="],
      ["-o", "go-template=", "--template", "{{.kind}}"],
      ["-o", "jsonpath={.kind}", "--template", "{{.kind}}"],
      ["-o", "json", "--template", "{{.kind}}"],
      ["-o", "go-template-file=/nonexistent"],
    ])
      await compare(["get", "cm,deploy", ...words]);
  });

  it("is known to every verb that prints objects", async () => {
    const named = ["-o", "go-template={{.kind}} {{.metadata.name}}"];
    const file = both.file(
      "settings.yaml",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, labels: { tier: front, app: a } }\n",
    );
    for (const words of [
      ["create", "configmap", "made", "--dry-run=client"],
      ["create", "-f", file, "--dry-run=client"],
      ["apply", "-f", file, "--dry-run=server"],
      ["label", "cm", "settings", "by=x", "--dry-run=server"],
      ["annotate", "cm", "settings", "by=x", "--dry-run=server"],
      ["patch", "cm", "settings", "-p", "{}", "--dry-run=server"],
      ["replace", "-f", file, "--dry-run=server"],
      ["set", "image", "deploy/web", "one=x", "--dry-run=server"],
      ["set", "env", "deploy/web", "A=b", "--dry-run=server"],
      ["run", "p", "--image=x", "--dry-run=client"],
      ["expose", "deploy/web", "--port=80", "--dry-run=client"],
      ["autoscale", "deploy/web", "--max=3", "--dry-run=client"],
      ["scale", "deploy/web", "--replicas=1", "--dry-run=client"],
      ["wait", "cm/settings", "--for=jsonpath={.metadata.name}=settings"],
      ["config", "view"],
    ])
      await compare([...words, ...(words[0] === "config" ? ["-o", "go-template={{.kind}}"] : named)]);
  });
});
