import { definitions, kinds } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProtobuf } from "./decode.ts";
import { fieldsOf } from "./messages.ts";
import { WireWriter, wireFields } from "./wire.ts";

/** What kubectl 1.33 sends for `kubectl create deployment d --image=a --replicas=0 --port=80 -n w1`. */
const DEPLOYMENT = Buffer.from(
  [
    "6b387300 0a150a07 61707073 2f763112 0a446570 6c6f796d 656e7412 a9010a1d 0a016412 001a0277 3122002a 00320038 0042005a 080a0361",
    "70701201 64127a08 00120a0a 080a0361 70701201 641a620a 1a0a0012 001a0022 002a0032 00380042 005a080a 03617070 12016412 4412260a",
    "01611201 612a0032 0a0a0010 00185022 002a0042 006a0072 00800100 88010090 0100a201 001a0032 0042004a 00520058 00600068 00820100",
    "8a01009a 0100c201 0022020a 00280038 001a0c08 00100018 00200028 0038001a 002200",
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);

describe("an object in protobuf", () => {
  it("reads like its JSON", () => {
    expect(decodeProtobuf(DEPLOYMENT)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", namespace: "w1", labels: { app: "d" } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "d" } },
        strategy: {},
        template: {
          metadata: { labels: { app: "d" } },
          spec: { containers: [{ name: "a", image: "a", ports: [{ containerPort: 80 }], resources: {} }] },
        },
      },
      status: {},
    });
  });

  it("has its inlined, special and odd fields where JSON has them", () => {
    const text = (number: number, value: string) => new WireWriter().text(number, value);
    const probe = new WireWriter().message(1, new WireWriter().message(1, text(1, "true")));
    const limit = new WireWriter().text(1, "cpu").message(2, text(1, "100m"));
    const container = text(1, "c").message(10, probe).message(8, new WireWriter().message(1, limit));
    const volume = text(1, "v").message(2, new WireWriter().message(6, text(1, "s")));
    const pod = new WireWriter().message(2, new WireWriter().message(1, volume).message(2, container).flag(21, false));
    expect(decodeProtobuf(envelope("v1", "Pod", pod))).toMatchObject({
      spec: {
        volumes: [{ name: "v", secret: { secretName: "s" } }],
        containers: [{ name: "c", livenessProbe: { exec: { command: ["true"] } }, resources: { limits: { cpu: "100m" } } }],
      },
    });
    const secret = new WireWriter().message(2, new WireWriter().text(1, "k").bytes(2, Buffer.from([1, 2, 3])));
    expect(decodeProtobuf(envelope("v1", "Secret", secret))).toMatchObject({ data: { k: "AQID" } });
  });

  it("knows the message of every kind that is served, and of options", () => {
    // No Go client sends these in protobuf, and kubectl does not carry their numbers.
    const elsewhere = ["apiextensions.k8s.io", "apiregistration.k8s.io"];
    for (const kind of kinds.filter(({ group }) => !elsewhere.includes(group))) expect(fieldsOf(kind.schema), kind.schema).toBeDefined();
    expect(decodeProtobuf(envelope("apps/v1", "DeleteOptions", new WireWriter().text(4, "Orphan")))).toMatchObject({
      propagationPolicy: "Orphan",
    });
    const known = Object.keys(definitions["io.k8s.api.core.v1.PodSpec"]?.properties ?? {});
    const carried = [...(fieldsOf("io.k8s.api.core.v1.PodSpec")?.values() ?? [])].map((fact) => fact.name);
    expect(known.filter((name) => !carried.includes(name))).toEqual([]);
  });

  it("of any bytes is an object or an Error, and quickly", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(DEPLOYMENT.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(DEPLOYMENT.length),
        (changes, length) => {
          const bytes = Buffer.from(DEPLOYMENT);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            expect(decodeProtobuf(bytes.subarray(0, length))).toBeTypeOf("object");
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            expect((error as Error).message).not.toContain("call stack");
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

it("reads what it writes", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 1 << 28 }), fc.uint8Array({ maxLength: 300 }))), (fields) => {
      const writer = new WireWriter();
      for (const [number, value] of fields) writer.bytes(number, value);
      expect([...wireFields(writer.finish())].map(({ number, value }) => [number, Buffer.from(value as Uint8Array)])).toEqual(
        fields.map(([number, value]) => [number, Buffer.from(value)]),
      );
    }),
  );
});

function envelope(apiVersion: string, kind: string, object: WireWriter): Uint8Array {
  const type = new WireWriter().text(1, apiVersion).text(2, kind);
  return Buffer.concat([Buffer.from("k8s\0"), new WireWriter().message(1, type).message(2, object).finish()]);
}
