import { expect, it } from "vitest";
import { findings } from "../testing.ts";
import { EndpointSlice } from "./endpointslice.ts";

const slice = (endpoint: object, addressType = "IPv4") =>
  findings(EndpointSlice, { addressType, endpoints: [{ addresses: ["10.0.0.1"], ...endpoint }] });
const ports = (...list: object[]) => findings(EndpointSlice, { addressType: "IPv4", endpoints: [], ports: list });
const E = "endpoints[0]";

it.each<[string, () => string[], string[]]>([
  ["is fine", () => slice({ hints: { forZones: [{ name: "a" }] }, nodeName: "n", hostname: "h" }), []],
  ["has addresses", () => slice({ addresses: [] }), [`${E}.addresses: Required value: must contain at least 1 address`]],
  [
    "has at most a hundred addresses",
    () => slice({ addresses: Array(101).fill("10.0.0.1") }),
    [`${E}.addresses: Too many: 101: must have at most 100 items`],
  ],
  [
    "has addresses of its type",
    () => slice({ addresses: ["::1", "x"] }),
    [
      `${E}.addresses[0]: Invalid value: "::1": must be a valid IPv4 address`,
      `${E}.addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)`,
      `${E}.addresses[1]: Invalid value: "x": must be a valid IPv4 address`,
      `${E}.addresses[1]: Invalid value: "x": must be a valid IP address`,
    ],
  ],
  ["may have names", () => slice({ addresses: ["a.example.com."] }, "FQDN"), []],
  [
    "has whole names",
    () => slice({ addresses: ["a", ""] }, "FQDN"),
    [
      `${E}.addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots`,
      `${E}.addresses[1]: Required value`,
    ],
  ],
  [
    "hints at zones, each once",
    () => slice({ hints: { forZones: [{ name: "a" }, { name: "a" }] } }),
    [`${E}.hints.forZones[1].name: Duplicate value: "a"`],
  ],
  [
    "hints at few zones",
    () => slice({ hints: { forZones: Array.from({ length: 9 }, (_, i) => ({ name: `z${i}` })) } }),
    [`${E}.hints.forZones: Too many: 9: must have at most 8 items`],
  ],
  [
    "has no empty hostname",
    () => slice({ hostname: "" }),
    [expect.stringMatching(/^endpoints\[0\].hostname: Invalid value: "": a lowercase RFC 1123 label/)],
  ],
  ["names its ports apart", () => ports({ port: 1 }, { port: 2 }), ['ports[1].name: Duplicate value: ""']],
  [
    "knows protocols",
    () => ports({ protocol: "x" }),
    ['ports[0].protocol: Unsupported value: "x": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    "qualifies what is spoken",
    () => ports({ appProtocol: "" }),
    ["name part must be non-empty", "name part must consist of"].map((m) => expect.stringContaining(m)),
  ],
])("an endpoint slice %s", (_, run, expected) => expect(run()).toEqual(expected));
