import { parseJson } from '@ttrec/core/json';
import type { DatasetSchema } from '@ttrec/data';
import type { Encoding } from '@ttrec/data/encoding';
import type { Dlrm, DlrmConfig } from '@ttrec/dlrm';
import type { TableConfig } from '@ttrec/embeddings';
import { bytesSource } from '@ttrec/tensor-files/byte-source';
import { openSafetensorsFrom } from '@ttrec/tensor-files/safetensors';
import { encodeModel as encode, initialState } from '@ttrec/training';
import { describeModel, encodingIn, modelState } from '@ttrec/training/model-file';
import { z } from 'zod';
import { error } from '../error.ts';
import { checkSettings, defaultSettings, kinds, type Kind, type Settings } from '../settings/settings.ts';
import type { Snapshot } from './snapshot.ts';
import type { Source, SourceDescription } from './data/source.ts';

/** The metadata of a model file that only this page reads: everything else is what the command and servers read too. */
const KEY = 'ttrec.playground';

const number = z.number();
const ownSchema = z.object({
  version: z.literal(1),
  settings: z.object({
    kind: z.enum(kinds),
    rank: number,
    buckets: number,
    trainBuckets: number,
    hot: number,
    budget: number,
    embeddingDim: number,
    batchSize: number,
    learningRate: number,
    steps: number,
    seed: number,
  }),
  data: z.discriminatedUnion('source', [
    z.object({ source: z.literal('synthetic'), largest: z.int().min(100).max(4_000_000_000) }),
    z.object({
      source: z.literal('csv'),
      name: z.string(),
      config: z.looseObject({ format: z.literal('csv') }),
    }),
    z.object({ source: z.literal('file'), name: z.string() }),
  ]),
});

/** Where the rows of a model file come from; its encoding is a part of the file. */
type FileData = SourceDescription extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'encoding'>
    : never
  : never;

/** What a model file holds. */
export interface ModelFile {
  readonly config: DlrmConfig;
  readonly schema: DatasetSchema;
  readonly encoding: Encoding | undefined;
  /** Those of the page that saved it, or what comes near them. */
  readonly settings: Settings;
  readonly data: FileData;
  /** What a run begins with that goes on from the file. */
  readonly snapshot: Snapshot;
}

/** A model file as `ttrec export --format model` writes it. Optimizer state is left out: it only serves training. */
export async function encodeModel(
  model: Dlrm,
  about: {
    readonly settings: Settings;
    readonly step: number;
    readonly source: Pick<Source, 'schema' | 'encoding' | 'description'>;
  },
): Promise<Blob> {
  const { settings, step, source } = about;
  const data = { ...source.description, encoding: undefined };
  const metadata = { [KEY]: JSON.stringify({ version: 1, settings, data }) };
  const chunks: Uint8Array[] = [];
  for await (const chunk of encode(model, { data: source, step, metadata })) chunks.push(chunk);
  return new Blob(chunks as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' });
}

/**
 * Reads a model file of this page, of the command or of a program.
 *
 * @throws `playground/not-a-model`, and what `describeModel` and reading the file throw
 */
export async function decodeModel(file: File): Promise<ModelFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const opened = await openSafetensorsFrom(bytesSource(bytes, file.name));
  const { config, schema, step = 0 } = describeModel(opened);
  if (schema === undefined) {
    throw notAModel(file.name, 'must say which columns its rows have', 'a model alone');
  }
  const encoding = await encodingIn(opened);
  const own = ownPart(file.name, opened.metadata[KEY]);
  return {
    config,
    schema,
    encoding,
    settings: own?.settings ?? nearestSettings(config),
    data: own?.data ?? { source: 'file', name: file.name },
    snapshot: {
      training: { ...initialState, step, logged: { step, trainingSeconds: 0 } },
      state: modelState(opened),
    },
  };
}

function ownPart(
  name: string,
  text: string | undefined,
): { readonly settings: Settings; readonly data: FileData } | undefined {
  if (text === undefined) return undefined;
  const parsed = ownSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const got = [...path.map(String), message].join(': ');
    throw notAModel(name, `"${KEY}" must be what this page writes`, got);
  }
  checkSettings(parsed.data.settings);
  // The columns of a config are checked where rows are read with it.
  return parsed.data as unknown as { readonly settings: Settings; readonly data: FileData };
}

/** For a model that this page did not make: the kind of its largest table names it and gives it a colour. */
function nearestSettings({ embeddingDim, tables, seed }: DlrmConfig): Settings {
  const largest = tables.toSorted((a, b) => b.numEmbeddings - a.numEmbeddings)[0]!;
  return { ...defaultSettings, kind: nearestKind(largest.config), embeddingDim, seed };
}

function nearestKind(config: TableConfig): Kind {
  const text = JSON.stringify(config);
  const [isHotCold, isHashed, isTT] = ['hot-cold', 'hash', 'tt'].map((kind) =>
    text.includes(`"kind":"${kind}"`),
  );
  if (isHotCold) return 'hot-cold';
  if (isHashed) return isTT ? 'hash+tt' : 'hash';
  return isTT ? 'tt' : 'dense';
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function notAModel(subject: string, rule: string, got: unknown) {
  const hint = 'Load a file that this page or "ttrec export --format model" has written.';
  return error('not-a-model', { subject, rule, got, hint });
}
