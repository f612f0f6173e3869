import { encodingDifference } from '@ttrec/data/encoding';
import type { DlrmConfig } from '@ttrec/dlrm';
import { modelConfig } from '@ttrec/training';
import { error } from '../error.ts';
import type { DataChoice, EngineChoice, FromWorker, ToWorker } from '../protocol/messages.ts';
import { checkSettings, type Settings } from '../settings/settings.ts';
import { csvConfig, inspectCsv, openCsv, type DroppedFile } from './data/csv-source.ts';
import { dataView, tableSizes } from './data/data-view.ts';
import { startEngine } from './engines.ts';
import { decodeModel, encodeModel, type ModelFile } from './model-file.ts';
import { modelTables } from './model-tables.ts';
import { Run } from './run.ts';
import { runStart } from './run-start.ts';
import type { Snapshot } from './snapshot.ts';
import { csvSource, fileSource, syntheticSource, type Source } from './data/source.ts';

type Command<Type extends ToWorker['type']> = Extract<ToWorker, { type: Type }>;

interface NextRun {
  readonly settings: Settings;
  readonly source: Source;
  readonly choice: EngineChoice;
  readonly config: DlrmConfig;
  /** A model to begin with, and the file it is from. */
  readonly loaded?: { readonly name: string; readonly snapshot: Snapshot };
  /** A run whose model this one begins with, in its own kinds of tables. */
  readonly compressed?: Run;
}

/** What one page does: at most one model at a time. What a command cannot do leaves everything as it was. */
export class Session {
  readonly #emit: (message: FromWorker) => void;
  #run: Run | undefined;
  #source: Source | undefined;
  #sampled = 0;
  #dropped: DroppedFile | undefined;
  #csv: Source | undefined;
  /** Engines that were lost in this page, and why. */
  readonly #failed = new Map<string, string>();

  constructor(emit: (message: FromWorker) => void) {
    this.#emit = emit;
  }

  async start({ settings, data, engine: choice }: Command<'start'>): Promise<void> {
    checkSettings(settings);
    const next =
      settings.kind === 'compressed'
        ? this.#compressed(settings, choice)
        : await this.#fresh(settings, data, choice);
    const run = await this.#replaceRun(next);
    run.resume();
  }

  async #fresh(settings: Settings, data: DataChoice, choice: EngineChoice): Promise<NextRun> {
    const source = await this.#open(data, settings);
    const { embeddingDim, seed } = settings;
    const tables = modelTables(settings, tableSizes(source.schema));
    return { settings, source, choice, config: modelConfig(source, { embeddingDim, tables, seed }) };
  }

  /** The present run, its tables in fewer bytes: what these depend on stays as it is. */
  #compressed(wanted: Settings, choice: EngineChoice): NextRun {
    const { run, source } = this.#require();
    const { batchSize, seed } = run.settings;
    const settings = { ...wanted, embeddingDim: run.config.embeddingDim, batchSize, seed };
    const configOf = modelTables(settings, tableSizes(source.schema));
    const tables = run.config.tables.map((table) => ({ ...table, config: configOf(table) }));
    return { settings, source, choice, config: { ...run.config, tables }, compressed: run };
  }

  pause(): void {
    this.#run?.pause();
  }

  resume(): void {
    this.#run?.resume();
  }

  async extend({ steps }: Command<'extend'>): Promise<void> {
    await this.#run?.extend(steps);
  }

  async reset(): Promise<void> {
    const run = this.#run;
    this.#run = this.#source = undefined;
    await run?.dispose();
    this.#emit({ type: 'phase', phase: 'idle' });
  }

  async switchEngine({ engine }: Command<'switch-engine'>): Promise<void> {
    const run = this.#run;
    if (!run) return;
    if (run.phase === 'lost') this.#failed.set(run.engine.report.name, `it was lost at step ${run.step}`);
    await run.switchEngine(() => startEngine(engine, this.#failed));
  }

  async inspectCsv({ file }: Command<'inspect-csv'>): Promise<void> {
    const dropped = await inspectCsv(file);
    this.#dropped = dropped;
    const { columns } = dropped;
    this.#emit({ type: 'csv-inspected', name: file.name, columns });
  }

  async openCsv({ roles, skipBadLines, seed }: Command<'open-csv'>): Promise<void> {
    const dropped = this.#dropped;
    if (!dropped) throw noFile();
    const config = csvConfig(dropped, roles, skipBadLines);
    const dataset = await openCsv(dropped.file, config, seed);
    const { encoding } = dataset;
    if (encoding?.format !== 'csv') throw new TypeError('a CSV file has an encoding of its own');
    const header = dropped.columns.map(({ name }) => name);
    const open = { dataset, header, records: dropped.records };
    this.#csv = csvSource({ source: 'csv', name: dropped.file.name, config, encoding }, open);
    this.#emit({ type: 'csv-opened', data: dataView(this.#csv, dataset) });
  }

  async saveModel(): Promise<void> {
    const { run, source } = this.#require();
    const about = { settings: run.settings, step: run.step, source };
    const file = await run.withModel((model) => encodeModel(model, about));
    const name = `ttrec-${run.settings.kind.replace('+', '-')}-step-${run.step}.safetensors`;
    this.#emit({ type: 'model-saved', name, file });
  }

  async loadModel({ file, engine: choice }: Command<'load-model'>): Promise<void> {
    const decoded = await decodeModel(file);
    const { settings, snapshot, config } = decoded;
    const source = await this.#sourceOf(decoded);
    await this.#replaceRun({ settings, source, choice, config, loaded: { name: file.name, snapshot } });
  }

  async sampleRow(): Promise<void> {
    const { source } = this.#require();
    const row = await source.sample(this.#sampled++);
    if (row) this.#emit({ type: 'row', ...row });
  }

  async score({ values }: Command<'score'>): Promise<void> {
    const { run, source } = this.#require();
    const batch = await source.encode(values);
    const [probability] = await run.withModel((model) => model.predict(batch));
    this.#emit({ type: 'scored', probability: probability!, step: run.step });
  }

  #require(): { readonly run: Run; readonly source: Source } {
    if (this.#run && this.#source) return { run: this.#run, source: this.#source };
    throw error('no-model', { subject: 'model', rule: 'must be trained or loaded first', got: 'none' });
  }

  async #open(data: DataChoice, settings: Settings): Promise<Source> {
    if (data.source === 'synthetic') return syntheticSource(data.largest, settings.seed);
    if (this.#csv) return this.#csv;
    throw noFile();
  }

  /** The data that is open, if its values become the same ids; else the description alone, which is enough to score. */
  async #sourceOf({ data, schema, encoding, settings }: ModelFile): Promise<Source> {
    if (data.source === 'synthetic') return syntheticSource(data.largest, settings.seed);
    const open = this.#csv?.encoding;
    if (open && encoding && encodingDifference(encoding, open) === undefined) return this.#csv!;
    if (data.source === 'csv' && encoding?.format === 'csv') return csvSource({ ...data, encoding });
    return fileSource(data.name, schema, encoding);
  }

  /** Builds the next run beside the present one, which is given up only once the next one stands. */
  async #replaceRun({ settings, source, choice, config, loaded, compressed }: NextRun): Promise<Run> {
    const engine = await startEngine(choice, this.#failed);
    let run: Run;
    try {
      const { dataset } = source;
      const begun = loaded?.snapshot.training.step ?? compressed?.step ?? 0;
      const target = begun + settings.steps;
      run = new Run({ engine, config, settings, dataset, target, emit: this.#emit });
      if (loaded) await run.load(loaded.snapshot);
      if (compressed) await run.learnFrom(compressed);
    } catch (thrown) {
      await engine.backend.dispose();
      throw thrown;
    }
    await this.#run?.dispose();
    this.#run = run;
    this.#source = source;
    this.#emit({ type: 'started', loaded: loaded?.name, run: await runStart(run, source) });
    this.#emit({ type: 'phase', phase: 'paused', target: run.target });
    return run;
  }
}

function noFile() {
  return error('no-file', {
    subject: 'data',
    rule: 'a file must be open',
    got: 'none',
    hint: 'Drop one first.',
  });
}
