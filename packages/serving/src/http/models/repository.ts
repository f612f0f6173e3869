import { didYouMean, isTtrecError } from '@ttrec/core';
import { Batcher, type BatchingOptions } from './batcher.ts';
import { HttpError, httpError, unavailable } from '../http-error.ts';
import type { AnsweredBy, RequestModel } from './request-model.ts';
import type { ModelInputs } from './scoring-model.ts';
import type { Execution } from './statistics.ts';

/** A version of a model that can score. */
export interface OpenedModel {
  /** Names the weights, in answers and in paths: `clicks@step-00001000`. */
  readonly version: string;
  readonly model: RequestModel;
}

/** Where versions of a model come from: a run folder, a file, a URL. */
export interface ModelSource {
  /**
   * Opens the newest version, or the one that `checkpoint` names, with its checksums verified.
   *
   * @throws anything; clients are told its code alone
   */
  open(options: LoadOptions): Promise<OpenedModel>;
}

export interface LoadOptions {
  readonly checkpoint?: string | undefined;
}

export interface RepositoryOptions {
  readonly batching?: BatchingOptions | undefined;
  /** Called with what failed, which no client is told. */
  readonly onError?: ((thrown: unknown, what: string) => void) | undefined;
  /** Called after each batch that a model scored. */
  readonly onExecution?: ((model: string, version: string, execution: Execution) => void) | undefined;
}

/** A version that is loaded. */
export interface ServedVersion {
  readonly name: string;
  readonly version: string;
  readonly inputs: ModelInputs;
  readonly loadedBytes: number;
  readonly batcher: Batcher;
}

export type ModelState = 'READY' | 'LOADING' | 'UNAVAILABLE';

interface Slot {
  readonly source: ModelSource;
  served: (ServedVersion & { readonly model: RequestModel }) | undefined;
  state: ModelState;
  reason: string;
}

interface Entry {
  /** The newest last. */
  slots: Slot[];
  /** Loads and unloads of a model run one after another. */
  turn: Promise<unknown>;
}

/** The models of a server, by name, and their versions. */
export class ModelRepository {
  readonly #models: ReadonlyMap<string, Entry>;
  readonly #options: RepositoryOptions;
  readonly #retiring = new Set<Promise<void>>();
  #draining = false;

  /** @param models sources by model name; of several, the last is the newest version */
  constructor(models: Readonly<Record<string, readonly ModelSource[]>>, options: RepositoryOptions = {}) {
    this.#options = options;
    const slotOf = (source: ModelSource): Slot => ({
      source,
      served: undefined,
      state: 'UNAVAILABLE',
      reason: 'not loaded',
    });
    this.#models = new Map(
      Object.entries(models).map(([name, sources]) => [
        name,
        { slots: sources.map(slotOf), turn: Promise.resolve() },
      ]),
    );
  }

  get names(): readonly string[] {
    return [...this.#models.keys()];
  }

  /** Whether every version of every model can score. False once draining has begun. */
  get isReady(): boolean {
    if (this.#draining) return false;
    return [...this.#models.values()].every(({ slots }) => slots.every(({ served }) => served !== undefined));
  }

  /** Loads every model. @throws what the first source that fails throws */
  async loadAll(): Promise<void> {
    for (const [name, entry] of this.#models) {
      for (const slot of entry.slots) await this.#inTurn(entry, () => this.#replace(name, slot, {}));
    }
  }

  /**
   * Loads a model anew, all its versions: opens and warms up each, swaps it in, and lets the old one finish what it has accepted. The old
   * version goes on if that fails. With `checkpoint`, loads that one of the newest source.
   *
   * @throws HttpError: 404 for an unknown name, 400 if a source cannot be opened
   */
  async load(name: string, options: LoadOptions = {}): Promise<void> {
    const entry = this.#entry(name);
    await this.#inTurn(entry, async () => {
      const slots = options.checkpoint === undefined ? entry.slots : entry.slots.slice(-1);
      for (const slot of slots) {
        try {
          await this.#replace(name, slot, options);
        } catch (thrown) {
          this.#options.onError?.(thrown, `loading ${name}`);
          throw loadError(name, thrown);
        }
      }
    });
  }

  /** Unloads all versions of a model once they have answered what they accepted. @throws HttpError with status 404 */
  async unload(name: string): Promise<void> {
    const entry = this.#entry(name);
    await this.#inTurn(entry, async () => {
      for (const slot of entry.slots) {
        this.#retire(slot.served);
        Object.assign(slot, { served: undefined, state: 'UNAVAILABLE', reason: 'unloaded' });
      }
      await Promise.all(this.#retiring);
    });
  }

  /**
   * The newest version of a model, or the one that is named.
   *
   * @throws HttpError: 404 for an unknown name or version, 503 for a model that is not loaded
   */
  find(name: string, version?: string): ServedVersion {
    const loaded = this.versions(name);
    const found = version === undefined ? loaded.at(-1) : loaded.find((served) => served.version === version);
    if (found) return found;
    if (loaded.length === 0) {
      throw unavailable('not-loaded', {
        subject: `model "${name}"`,
        rule: 'must be loaded',
        got: this.#entry(name).slots.at(-1)?.reason,
      });
    }
    const versions = loaded.map((served) => served.version);
    throw httpError(404, 'unknown-version', {
      subject: `model "${name}", version`,
      rule: `must be ${versions.join(' or ')}`,
      got: version,
      hint: didYouMean(version!, versions),
    });
  }

  /** The loaded versions, the newest last. @throws HttpError with status 404 */
  versions(name: string): ServedVersion[] {
    return this.#entry(name).slots.flatMap(({ served }) => (served ? [served] : []));
  }

  /** As the repository extension of the protocol has it. */
  index(): { name: string; version?: string; state: ModelState; reason: string }[] {
    return [...this.#models].flatMap(([name, { slots }]) =>
      slots.map(({ served, state, reason }) => ({
        name,
        ...(served && { version: served.version }),
        state,
        reason,
      })),
    );
  }

  /** Is not ready any more, answers what was accepted, then frees all models. */
  async drain(): Promise<void> {
    this.beginDrain();
    for (const entry of this.#models.values()) await entry.turn.catch(() => undefined);
    for (const { slots } of this.#models.values()) {
      for (const slot of slots) {
        this.#retire(slot.served);
        slot.served = undefined;
      }
    }
    await Promise.all(this.#retiring);
  }

  /** From now on the server is not ready; it still answers. */
  beginDrain(): void {
    this.#draining = true;
  }

  #entry(name: string): Entry {
    const entry = this.#models.get(name);
    if (entry) return entry;
    throw httpError(404, 'unknown-model', {
      subject: 'model',
      rule: `must be ${this.names.join(' or ')}`,
      got: name,
      hint: didYouMean(name, this.names),
    });
  }

  #inTurn(entry: Entry, work: () => Promise<void>): Promise<void> {
    const done = entry.turn.then(work);
    entry.turn = done.catch(() => undefined);
    return done;
  }

  async #replace(name: string, slot: Slot, options: LoadOptions): Promise<void> {
    const before = slot.served;
    if (!before) slot.state = 'LOADING';
    try {
      const { version, model } = await slot.source.open(options);
      try {
        await warmUp(model, { name, version });
      } catch (thrown) {
        await model.dispose();
        throw thrown;
      }
      slot.served = this.#serve(name, version, model);
      Object.assign(slot, { state: 'READY', reason: '' });
    } catch (thrown) {
      if (!before) Object.assign(slot, { state: 'UNAVAILABLE', reason: codeOf(thrown) });
      throw thrown;
    }
    this.#retire(before);
  }

  #serve(name: string, version: string, model: RequestModel): NonNullable<Slot['served']> {
    const batcher = new Batcher(model, { name, version }, this.#options.batching);
    batcher.statistics.onExecution = (execution) => this.#options.onExecution?.(name, version, execution);
    batcher.onError = (thrown) => this.#options.onError?.(thrown, `scoring ${name}`);
    return { name, version, model, inputs: model.inputs, loadedBytes: model.loadedBytes, batcher };
  }

  /** Lets a version answer what it accepted, then frees it. */
  #retire(served: Slot['served']): void {
    if (!served) return;
    const retiring = served.batcher
      .idle()
      .then(() => served.model.dispose())
      .catch((thrown: unknown) => this.#options.onError?.(thrown, `unloading ${served.name}`))
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }
}

/** Rows of requests that warm up. */
const WARM_UP_ROWS = [1, 64];

/** Has made-up ids scored in every worker, so that memory is allocated and code compiled before the first request. */
async function warmUp(model: RequestModel, by: AnsweredBy): Promise<void> {
  for (const rows of WARM_UP_ROWS) {
    const body = new TextEncoder().encode(JSON.stringify({ inputs: firstIds(model.inputs, rows) }));
    const calls = Array.from({ length: model.concurrency }, () =>
      model.answer([{ protocol: 'infer', body: body.slice() }], by),
    );
    for (const [result] of await Promise.all(calls)) {
      if ('fault' in result!) throw new HttpError(result.fault.status, result.fault);
    }
  }
}

/** Tensors of the ONNX export with the first id of every table. */
function firstIds({ denseFeatures, features }: ModelInputs, rows: number) {
  const zeros = (count: number) => Array.from({ length: count }, () => 0);
  const offsets = Array.from({ length: rows + 1 }, (_, b) => b);
  const dense = {
    name: 'dense',
    datatype: 'FP32',
    shape: [rows, denseFeatures],
    data: zeros(rows * denseFeatures),
  };
  return [
    ...(denseFeatures > 0 ? [dense] : []),
    ...features.flatMap(({ name }) => [
      { name: `${name}.indices`, datatype: 'INT64', shape: [rows], data: zeros(rows) },
      { name: `${name}.offsets`, datatype: 'INT64', shape: [rows + 1], data: offsets },
    ]),
  ];
}

function codeOf(thrown: unknown): string {
  return isTtrecError(thrown) || thrown instanceof HttpError ? thrown.code : 'failed';
}

/** Names no path: the message of the cause may hold some. */
function loadError(name: string, thrown: unknown): HttpError {
  return httpError(400, 'cannot-load', {
    subject: `model "${name}"`,
    rule: 'must open; the log of the server says why it did not',
    got: codeOf(thrown),
  });
}
