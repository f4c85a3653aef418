import { internalError } from "@wherry/base";
import { type ApiObject, apiVersionOf, type Conversion, fromStored, type KindDefinition, toStored } from "@wherry/machinery";

/** More than a write can ever need: one for each version and manager of the object, a few times over. */
const MOST = 1000;

/** Thrown where a step that cannot wait needs an object in a version that somebody outside makes. */
class ConversionNeeded extends Error {
  readonly #make: () => Promise<void>;

  constructor(make: () => Promise<void>) {
    super("an object is needed in a version that is not there yet");
    this.#make = make;
  }

  make(): Promise<void> {
    return this.#make();
  }
}

/** The conversions of the work that runs at this very moment. */
let made: Map<string, ApiObject> | undefined;

/**
 * Does work that uses `inVersion`. Whenever a conversion is missing, it waits for that one and begins anew: the work must leave no traces. Rejects as the work throws, or as a
 * conversion fails.
 */
export async function withConversions<T>(work: () => T): Promise<T> {
  const mine = new Map<string, ApiObject>();
  for (let attempt = 0; attempt < MOST; attempt++) {
    const outer = made;
    made = mine;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConversionNeeded)) throw error;
      await error.make();
    } finally {
      made = outer;
    }
  }
  throw internalError("the object takes too many conversions between its versions");
}

/** An object of the version `from` in the version `to` of the same resource: a new one, but for shared parts. Where somebody outside converts, only in `withConversions`. */
export function inVersion(from: KindDefinition, to: KindDefinition, object: ApiObject): ApiObject {
  const conversion = from.conversion ?? to.conversion;
  return conversion ? converted(conversion, from, to, object) : fromStored(to, toStored(from, object));
}

function converted(conversion: Conversion, from: KindDefinition, to: KindDefinition, object: ApiObject): ApiObject {
  const wanted = apiVersionOf(to);
  const given = { ...object, apiVersion: apiVersionOf(from), kind: from.kind };
  if (wanted === given.apiVersion) return given;
  const key = `${wanted} ${JSON.stringify(given)}`;
  const known = made?.get(key);
  if (known) return known;
  const mine = made;
  throw new ConversionNeeded(async () => {
    const [result] = await conversion.convert([given], wanted);
    mine?.set(key, result as ApiObject);
  });
}
