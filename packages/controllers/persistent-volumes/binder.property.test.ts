import type { PersistentVolume, PersistentVolumeClaim } from "@wherry/api";
import { bestVolume, isPromisedTo, whyUnfit } from "@wherry/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import { claim, promise, volume } from "./fixtures.ts";
import type { Plan } from "./plan.ts";
import { planClaim } from "./plan-claim.ts";
import { planVolume } from "./plan-volume.ts";

/** Claims and volumes as the API has them; a plan's writes may end after any of them, as after a crash. */
class Model {
  readonly claims = new Map<string, PersistentVolumeClaim>();
  readonly volumes = new Map<string, PersistentVolume>();

  constructor(claims: readonly PersistentVolumeClaim[], volumes: readonly PersistentVolume[]) {
    for (const c of claims) this.claims.set(c.metadata.name, c);
    for (const v of volumes) this.volumes.set(v.metadata.name, v);
  }

  lookAtClaim(name: string, writes = 4): boolean {
    const of = this.claims.get(name);
    if (!of) return false;
    const named = of.spec.volumeName ? this.volumes.get(of.spec.volumeName) : undefined;
    // All of them: what fits is not for the index to say.
    const candidates = [...this.volumes.values()];
    return this.#apply(
      planClaim(of, { named, candidates, storageClass: undefined, defaultClass: undefined, waitingPods: [], podNode: undefined }),
      writes,
    );
  }

  lookAtVolume(name: string, writes = 4): boolean {
    const found = this.volumes.get(name)!;
    const its = this.claims.get(found.spec.claimRef?.name ?? "");
    return this.#apply(planVolume(found, its?.metadata.uid === found.spec.claimRef?.uid ? its : undefined), writes);
  }

  /** The claim goes, and another of its name comes. */
  replace(name: string): void {
    const old = this.claims.get(name);
    if (!old) return;
    const { volumeName: _, ...spec } = old.spec;
    this.claims.set(name, claim(name, spec, { uid: `${old.metadata.uid}-again` }));
  }

  settle(): void {
    for (let round = 0; round < 50; round++) {
      const changes = [
        ...[...this.claims.keys()].map((name) => this.lookAtClaim(name)),
        ...[...this.volumes.keys()].map((name) => this.lookAtVolume(name)),
      ];
      if (!changes.includes(true)) return;
    }
    throw new Error("it never comes to rest");
  }

  /** Spec and status of the volume, then of the claim: one write each. */
  #apply({ volume: v, claim: c }: Plan, writes: number): boolean {
    const had = v && this.volumes.get(v.metadata.name)?.spec.claimRef?.uid;
    // What one claim has written belongs to no other.
    if (had && v.spec.claimRef?.uid) expect(v.spec.claimRef.uid).toBe(had);
    const before = JSON.stringify([[...this.volumes], [...this.claims]]);
    const steps = [
      ...(v ? [() => this.volumes.set(v.metadata.name, { ...v, status: this.volumes.get(v.metadata.name)!.status! })] : []),
      ...(v ? [() => this.volumes.set(v.metadata.name, v)] : []),
      ...(c ? [() => this.claims.set(c.metadata.name, { ...c, status: this.claims.get(c.metadata.name)!.status! })] : []),
      ...(c ? [() => this.claims.set(c.metadata.name, c)] : []),
    ];
    for (const step of steps.slice(0, writes)) step();
    return JSON.stringify([[...this.volumes], [...this.claims]]) !== before;
  }
}

const size = fc.constantFrom("1Gi", "2Gi", "3Gi");
const modes = fc.subarray(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"], { minLength: 1 });
const classes = fc.constantFrom("", "fast");
const claims = fc.array(
  fc.record({
    storage: size,
    accessModes: modes,
    storageClassName: classes,
    volumeName: fc.option(fc.constantFrom("v0", "v1"), { freq: 5 }),
  }),
  { minLength: 1, maxLength: 5 },
);
const volumes = fc.array(
  fc.record({
    storage: size,
    accessModes: modes,
    storageClassName: classes,
    promised: fc.option(fc.constantFrom("c0", "c1"), { freq: 5 }),
  }),
  { maxLength: 5 },
);
const step = fc.record({
  what: fc.constantFrom("claim", "volume", "delete", "replace"),
  which: fc.nat(4),
  writes: fc.integer({ min: 0, max: 4 }),
});

it("no volume has two claims, none that fits is left over, and a crash after any write changes nothing of that", () => {
  fc.assert(
    fc.property(claims, volumes, fc.array(step, { maxLength: 12 }), (someClaims, someVolumes, steps) => {
      const model = new Model(
        someClaims.map(({ storage, volumeName, ...spec }, i) =>
          claim(`c${i}`, { ...spec, resources: { requests: { storage } }, ...(volumeName && { volumeName }) }),
        ),
        someVolumes.map(({ storage, promised, ...spec }, i) =>
          volume(`v${i}`, storage, { ...spec, ...(promised && { claimRef: { name: promised, namespace: "default" } }) }, {}, "Pending"),
        ),
      );
      for (const { what, which, writes } of steps) {
        if (what === "claim") model.lookAtClaim(`c${which}`, writes);
        else if (what === "volume" && model.volumes.has(`v${which}`)) model.lookAtVolume(`v${which}`, writes);
        else if (what === "delete") model.claims.delete(`c${which}`);
        else if (what === "replace") model.replace(`c${which}`);
      }
      model.settle();
      check(model);
      for (const [i, { promised }] of someVolumes.entries())
        if (promised) expect(model.volumes.get(`v${i}`)?.spec.claimRef?.name).toBe(promised);
    }),
    { numRuns: 400 },
  );
});

function check({ claims, volumes }: Model): void {
  const bound = [...claims.values()].filter((c) => c.status?.phase === "Bound");
  expect(new Set(bound.map((c) => c.spec.volumeName)).size).toBe(bound.length);
  for (const c of bound) {
    const its = volumes.get(c.spec.volumeName!)!;
    expect(its.spec.claimRef).toMatchObject(promise(c));
    expect(its.status?.phase).toBe("Bound");
    // What an administrator promised is given whatever its class is.
    if (its.metadata.annotations) expect(whyUnfit(its, c)).toBeUndefined();
  }
  for (const v of volumes.values()) {
    if (v.status?.phase === "Bound") expect(claims.get(v.spec.claimRef!.name!)?.spec.volumeName).toBe(v.metadata.name);
    const { uid, name } = v.spec.claimRef ?? {};
    if (uid && claims.get(name!)?.metadata.uid !== uid) expect(v.status?.phase).toBe("Released");
  }
  for (const c of claims.values())
    if (c.status?.phase === "Pending" && !c.spec.volumeName)
      expect(
        bestVolume(
          c,
          [...volumes.values()].filter((v) => !v.spec.claimRef || isPromisedTo(v, c)),
          false,
        ),
      ).toBeUndefined();
}
