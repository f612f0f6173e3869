import { openDataset, type Dataset } from '@ttrec/data';
import { error } from '../error.ts';
import type { DataChoice, EngineChoice, FromWorker, ToWorker } from '../protocol/messages.ts';
import { checkSettings, type Settings } from '../settings/settings.ts';
import { syntheticConfig } from '../settings/synthetic.ts';
import { viewTables } from '../settings/tables.ts';
import { dataView, rowFields } from './data-view.ts';
import { startEngine } from './engines.ts';
import { modelConfig } from './model-config.ts';
import { CHECKPOINT_EVERY, Run } from './run.ts';
import { encodeRow, sampleRow } from './score.ts';
import { bestPossible } from './training.ts';

type Command<Type extends ToWorker['type']> = Extract<ToWorker, { type: Type }>;

interface OpenData {
  readonly name: string;
  readonly dataset: Dataset;
}

/** What one page does: at most one model at a time. What a command cannot do leaves everything as it was. */
export class Session {
  readonly #emit: (message: FromWorker) => void;
  #run: Run | undefined;
  #sampled = 0;

  constructor(emit: (message: FromWorker) => void) {
    this.#emit = emit;
  }

  async start({ settings, data, engine }: Command<'start'>): Promise<void> {
    checkSettings(settings);
    const source = await this.#open(data, settings);
    await this.#replaceRun({ settings, source, choice: engine });
    this.#run!.resume();
  }

  pause(): void {
    this.#run?.pause();
  }

  resume(): void {
    this.#run?.resume();
  }

  extend({ steps }: Command<'extend'>): void {
    this.#run?.extend(steps);
  }

  async reset(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.dispose();
    this.#emit({ type: 'phase', phase: 'idle' });
  }

  async switchEngine({ engine }: Command<'switch-engine'>): Promise<void> {
    await this.#run?.switchEngine(engine);
  }

  async sampleRow(): Promise<void> {
    const run = this.#requireRun();
    if (!run.dataset) return;
    const { values, label, truth } = await sampleRow(run.dataset, this.#sampled++);
    this.#emit({ type: 'row', values, label, truth });
  }

  async score({ values }: Command<'score'>): Promise<void> {
    const run = this.#requireRun();
    const batch = encodeRow(run.dataset!, values);
    const [probability] = await run.withModel((model) => model.predict(batch));
    this.#emit({ type: 'scored', probability: probability!, step: run.step });
  }

  #requireRun(): Run {
    if (this.#run) return this.#run;
    throw error('no-model', { subject: 'model', rule: 'must be trained or loaded first', got: 'none' });
  }

  async #open(data: DataChoice, settings: Settings): Promise<OpenData> {
    if (data.source === 'csv')
      throw error('no-file', { subject: 'data', rule: 'a file must be open', got: 'none' });
    const dataset = await openDataset(syntheticConfig(data.largest), { seed: settings.seed });
    return { name: 'Made-up clicks', dataset };
  }

  /** Builds the next run beside the present one, which is given up only once the next one stands. */
  async #replaceRun(parts: {
    readonly settings: Settings;
    readonly source: OpenData;
    readonly choice: EngineChoice;
  }): Promise<void> {
    const { settings, source, choice } = parts;
    const { name, dataset } = source;
    const engine = await startEngine(choice);
    let run: Run;
    try {
      const config = modelConfig(settings, dataset);
      run = new Run({ engine, config, settings, dataset, target: settings.steps, emit: this.#emit });
    } catch (thrown) {
      await engine.backend.dispose();
      throw thrown;
    }
    const old = this.#run;
    this.#run = run;
    await old?.dispose();
    this.#emit({
      type: 'started',
      loaded: undefined,
      run: {
        settings,
        engine: engine.report,
        data: dataView(name, dataset),
        tables: viewTables(run.config.tables, settings.embeddingDim),
        fields: rowFields(dataset),
        bestPossible: await bestPossible(dataset),
        step: run.step,
        target: run.target,
        checkpoints: run.keepsCheckpoints
          ? { every: CHECKPOINT_EVERY }
          : { none: 'the model is too large to be copied' },
        scoringOnly: undefined,
      },
    });
  }
}
