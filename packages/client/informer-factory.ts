import type { Clock, Logger } from "@wherry/base";
import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";
import type { Client } from "./client.ts";
import { createInformer, type EndableInformer } from "./create-informer.ts";
import type { Informer, Lister } from "./informer.ts";

export interface InformerFactoryOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Ends all informers. */
  signal: AbortSignal;
}

/** One shared informer for each kind, started when it is first asked for. */
export class InformerFactory {
  readonly #options: InformerFactoryOptions;
  readonly #informers = new Map<string, EndableInformer<ApiObject>>();

  constructor(options: InformerFactoryOptions) {
    this.#options = options;
  }

  informer<O extends ApiObject>(kind: KindDefinition<O>): Informer<O> {
    const key = `${apiVersionOf(kind)}/${kind.plural}`;
    let informer = this.#informers.get(key);
    if (!informer) {
      informer = createInformer(this.#options.client, kind, this.#options) as unknown as EndableInformer<ApiObject>;
      this.#informers.set(key, informer);
    }
    return informer as unknown as Informer<O>;
  }

  lister<O extends ApiObject>(kind: KindDefinition<O>): Lister<O> {
    return this.informer(kind).lister;
  }

  /** Ends the informer of a kind that is gone. Whoever asks for it again gets a new one. */
  end(kind: KindDefinition): void {
    const key = `${apiVersionOf(kind)}/${kind.plural}`;
    this.#informers.get(key)?.end();
    this.#informers.delete(key);
  }

  /** Resolves when every informer asked for so far has its first complete list. */
  async whenSynced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.whenSynced()));
  }
}
