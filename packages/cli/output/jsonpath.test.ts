import { describe, expect, it } from "vitest";
import { findJsonPath, renderJsonPath } from "./jsonpath.ts";

/** The object of the JSONPath page of the Kubernetes documentation. */
const LIST = {
  kind: "List",
  items: [
    {
      kind: "None",
      metadata: { name: "127.0.0.1", labels: { "kubernetes.io/hostname": "127.0.0.1" } },
      status: { capacity: { cpu: "4" }, addresses: [{ type: "LegacyHostIP", address: "127.0.0.1" }] },
    },
    {
      kind: "None",
      metadata: { name: "127.0.0.2" },
      status: {
        capacity: { cpu: "8" },
        addresses: [
          { type: "LegacyHostIP", address: "127.0.0.2" },
          { type: "another", address: "127.0.0.3" },
        ],
      },
    },
  ],
  users: [
    { name: "myself", user: {} },
    { name: "e2e", user: { username: "admin", password: "secret" } },
  ],
};

describe("a template", () => {
  it.each([
    ["kind is {.kind}", "kind is List"],
    ["{.kind}", "List"],
    ["{['kind']}", "List"],
    ["{..name}", "127.0.0.1 127.0.0.2 myself e2e"],
    ["{.items[*].metadata.name}", "127.0.0.1 127.0.0.2"],
    ["{.users[0].name}", "myself"],
    ["{.users[-1:].name}", "e2e"],
    ["{.items[0:2].metadata.name}", "127.0.0.1 127.0.0.2"],
    ["{.items[*]['metadata.name']}", ""],
    ["{.items[*].status.capacity['cpu']}", "4 8"],
    ['{.users[?(@.name=="e2e")].user.password}', "secret"],
    ["{.users[?(@.user.username)].name}", "e2e"],
    ['{.items[?(@.status.capacity.cpu>"5")].metadata.name}', "127.0.0.2"],
    ["{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}", '[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] '],
    [
      '{range .items[*]}{.metadata.name}{"\\t"}{range .status.addresses[*]}{.address};{end}{"\\n"}{end}',
      "127.0.0.1\t127.0.0.1;\n127.0.0.2\t127.0.0.2;127.0.0.3;\n",
    ],
    ["{.items[0].metadata.labels.kubernetes\\.io/hostname}", "127.0.0.1"],
    [".kind", ".kind"],
    ["{.nothing}", ""],
  ])("%s", (template, expected) => {
    expect(renderJsonPath(template, LIST)).toBe(expected);
  });

  it.each(["{.kind", "{range .items[*]}x", "{end}", "{.items[", "{.items[?(@.a==}", "{.a b}"])("refuses %s", (template) => {
    expect(() => renderJsonPath(template, LIST)).toThrow(/error parsing jsonpath/);
  });
});

describe("a path alone", () => {
  it("may leave out its braces and its leading dot", () => {
    for (const path of ["{.users[*].name}", ".users[*].name", "users[*].name"]) expect(findJsonPath(path, LIST)).toEqual(["myself", "e2e"]);
  });
});
