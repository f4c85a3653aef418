import { describe, expect, it } from "vitest";
import { cells, created, findings, type Input, updated } from "../testing.ts";
import { Ingress } from "./ingress.ts";
import { IngressClass } from "./ingressclass.ts";

const service = (name = "web", port: object = { number: 80 }) => ({ service: { name, port } });
const withPath = (path: object) => ({ spec: { rules: [{ http: { paths: [{ backend: service(), ...path }] } }] } });
const at = "spec.rules[0].http.paths[0]";

describe("an ingress", () => {
  it.each<[string, Input, string[]]>([
    ["needs a backend or a rule", { spec: {} }, ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"]],
    ["is content with a default backend", { spec: { defaultBackend: service() } }, []],
    ["needs a path type", withPath({ path: "/" }), [`${at}.pathType: Required value: pathType must be specified`]],
    [
      "knows three path types",
      withPath({ path: "/", pathType: "Regex" }),
      [`${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`],
    ],
    ["wants absolute paths", withPath({ path: "a", pathType: "Prefix" }), [`${at}.path: Invalid value: "a": must be an absolute path`]],
    [
      "wants a path where the type compares paths",
      withPath({ pathType: "Exact" }),
      [`${at}.path: Invalid value: "": must be an absolute path`],
    ],
    ["leaves the path to an implementation", withPath({ pathType: "ImplementationSpecific" }), []],
    [
      "refuses paths that climb",
      withPath({ path: "/a//b/..", pathType: "Prefix" }),
      [`${at}.path: Invalid value: "/a//b/..": must not contain '//'`, `${at}.path: Invalid value: "/a//b/..": cannot end with '/..'`],
    ],
    ["needs paths in a rule", { spec: { rules: [{ http: { paths: [] } }] } }, ["spec.rules[0].http.paths: Required value"]],
    [
      "refuses addresses as hosts",
      { spec: { rules: [{ host: "10.0.0.1" }] } },
      ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
    ],
    ["allows wildcards in front", { spec: { rules: [{ host: "*.example.com" }] } }, []],
    [
      "needs one kind of backend",
      { spec: { defaultBackend: {} } },
      ['spec.defaultBackend: Invalid value: "": resource or service backend is required'],
    ],
    [
      "takes one kind of backend",
      { spec: { defaultBackend: { ...service(), resource: { kind: "a", name: "b" } } } },
      ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
    ],
    [
      "wants a port",
      { spec: { defaultBackend: service("web", {}) } },
      ["spec.defaultBackend: Required value: port name or number is required"],
    ],
    [
      "wants one port",
      { spec: { defaultBackend: service("web", { name: "a", number: 1 }) } },
      ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
    ],
    [
      "checks a resource backend",
      { spec: { defaultBackend: { resource: { kind: "", name: "a/b" } } } },
      [
        "spec.defaultBackend.resource.kind: Required value",
        "spec.defaultBackend.resource.name: Invalid value: \"a/b\": may not contain '/'",
      ],
    ],
    [
      "has one word for its class",
      { metadata: { annotations: { "kubernetes.io/ingress.class": "a" } }, spec: { defaultBackend: service(), ingressClassName: "b" } },
      ['annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified'],
    ],
  ])("%s", (_, input, expected) => expect(findings(Ingress, input)).toEqual(expected));

  it("says what is wrong with a service's name, and with a host of TLS", () => {
    expect(findings(Ingress, { spec: { defaultBackend: service("1x"), tls: [{ hosts: ["*a"], secretName: "A" }] } })).toEqual([
      expect.stringMatching(/^spec.defaultBackend.service.name: Invalid value: "1x": a DNS-1035 label must/),
      expect.stringMatching(/^spec.tls\[0\].hosts\[0\]: Invalid value: "\*a": a wildcard DNS-1123 subdomain must/),
      expect.stringMatching(/^spec.tls\[0\].secretName: Invalid value: "A": a lowercase RFC 1123 subdomain must/),
    ]);
  });

  it("keeps spec and status apart", () => {
    const prev = created(Ingress, { spec: { defaultBackend: service() }, status: { loadBalancer: { ingress: [{ ip: "1.1.1.1" }] } } });
    expect(prev.status).toEqual({ loadBalancer: {} });
    const change = (o: Ingress) => {
      o.spec = { defaultBackend: service("other") };
      o.status = { loadBalancer: { ingress: [{ ip: "x", hostname: "1.2.3.4" }] } };
    };
    expect(updated(Ingress, prev, change).object.status).toEqual({ loadBalancer: {} });
    const { object, errors } = updated(Ingress, prev, change, "status");
    expect(object.spec).toEqual(prev.spec);
    expect(errors).toEqual([
      expect.stringMatching(/^status.loadBalancer.ingress\[0\].ip: Invalid value: "x": must be a valid IP address/),
      'status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ]);
  });

  it("tells that traffic is not routed", () => {
    expect(Ingress.warnings?.(created(Ingress, { apiVersion: "networking.k8s.io/v1", kind: "Ingress" }))).toEqual([
      expect.stringMatching(/^networking.k8s.io\/v1 Ingress: stored, but/),
    ]);
  });

  it.each<[string, (string | undefined)[]]>([
    ["*", []],
    ["*", [undefined]],
    ["a", ["a"]],
    ["a,b,c", ["a", "b", "c"]],
    ["a,b,c + 2 more...", ["a", "b", "c", "d", "e"]],
    ["b,c,d + 1 more...", ["b", "c", "d", undefined]],
  ])("prints hosts as %s", (expected, hosts) => {
    const rules = hosts.map((host) => (host ? { host } : {}));
    expect(cells(Ingress, created(Ingress, { spec: { rules } })).Hosts).toBe(expected);
  });

  it("prints class, addresses and ports", () => {
    const object = created(Ingress, { spec: { ingressClassName: "c", tls: [{}] } });
    object.status = { loadBalancer: { ingress: [{ hostname: "b.example.com" }, { ip: "1.1.1.1", hostname: "x" }] } };
    expect(cells(Ingress, object)).toMatchObject({ Class: "c", Hosts: "*", Address: "1.1.1.1,b.example.com", Ports: "80, 443" });
    expect(cells(Ingress, created(Ingress, { spec: {} }))).toMatchObject({ Class: "<none>", Address: "", Ports: "80" });
  });
});

describe("an ingress class", () => {
  const spec = { controller: "example.com/c", parameters: { kind: "P", name: "p", apiGroup: "g.io" } };

  it("has parameters of the cluster unless it says otherwise", () => {
    expect(created(IngressClass, { spec }).spec.parameters?.scope).toBe("Cluster");
  });

  it.each<[string, object, string[]]>([
    ["is fine", spec, []],
    ["needs a controller", {}, ["spec.controller: Required value"]],
    [
      "needs a domain",
      { controller: "c" },
      ['spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      "needs a path",
      { controller: "a.b/ c" },
      ["spec.controller: Invalid value: \" c\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"],
    ],
    [
      "has no namespace for parameters of the cluster",
      { ...spec, parameters: { ...spec.parameters, namespace: "a" } },
      ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    ],
    [
      "needs one for those of a namespace",
      { ...spec, parameters: { ...spec.parameters, scope: "Namespace" } },
      ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
    ],
    [
      "knows two scopes",
      { ...spec, parameters: { ...spec.parameters, scope: "x" } },
      ['spec.parameters.scope: Unsupported value: "x": supported values: "Cluster", "Namespace"'],
    ],
  ])("%s", (_, given, expected) => expect(findings(IngressClass, { spec: given })).toEqual(expected));

  it("keeps its controller", () => {
    const prev = created(IngressClass, { spec });
    expect(updated(IngressClass, prev, (o) => Object.assign(o.spec, { controller: "a.b/c" })).errors).toEqual([
      'spec.controller: Invalid value: "a.b/c": field is immutable',
    ]);
  });

  it("prints its parameters", () => {
    expect(cells(IngressClass, created(IngressClass, { spec })).Parameters).toBe("P.g.io/p");
    expect(cells(IngressClass, created(IngressClass, { spec: { controller: "a/b" } })).Parameters).toBe("<none>");
  });
});
