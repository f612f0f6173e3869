import { parseJson } from '@ttrec/core';
import { decodeSafetensors, streamSafetensors, type Tensor } from '@ttrec/tensor-files/safetensors';
import type { Dlrm } from '@ttrec/dlrm';
import { stateReader } from '@ttrec/embeddings';
import { initialState } from '@ttrec/training';
import { z } from 'zod';
import { error } from '../error.ts';
import { checkSettings, type Settings } from '../settings/settings.ts';
import type { Snapshot } from './snapshot.ts';
import type { SourceDescription } from './source.ts';

const KEY = 'ttrec.playground';

/** What a model file says about its weights. */
export interface ModelDescription {
  readonly settings: Settings;
  readonly step: number;
  readonly data: SourceDescription;
}

const number = z.number();
const descriptionSchema = z.object({
  version: z.literal(1),
  settings: z.object({
    kind: z.enum(['dense', 'hash', 'tt', 'hash+tt']),
    rank: number,
    buckets: number,
    trainBuckets: number,
    embeddingDim: number,
    batchSize: number,
    learningRate: number,
    steps: number,
    seed: number,
  }),
  step: z.int().min(0),
  data: z.discriminatedUnion('source', [
    z.object({ source: z.literal('synthetic'), largest: z.int().min(100).max(4_000_000_000) }),
    z.object({
      source: z.literal('csv'),
      name: z.string(),
      config: z.looseObject({ format: z.literal('csv') }),
      encoding: z.looseObject({
        format: z.literal('csv'),
        baseRate: z.number().gt(0).lt(1),
        dense: z.array(z.looseObject({ column: z.string() })),
        features: z.array(z.looseObject({ name: z.string(), column: z.string(), table: z.string() })),
        tables: z.array(z.looseObject({ table: z.string(), kind: z.enum(['vocabulary', 'hash']) })),
      }),
    }),
  ]),
});

/** The weights as safetensors, with what reads rows for them. Optimizer state is left out: it only serves training. */
export async function encodeModel(model: Dlrm, about: ModelDescription): Promise<Blob> {
  const weights = model.state().filter(({ role }) => role === 'model');
  const metadata = { [KEY]: JSON.stringify({ version: 1, ...about }) };
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamSafetensors(weights, metadata)) chunks.push(chunk);
  return new Blob(chunks as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' });
}

export interface ModelFile {
  readonly about: ModelDescription;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** @throws `playground/not-a-model` for a safetensors file of something else, and what `decodeSafetensors` throws */
export async function decodeModel(file: File): Promise<ModelFile> {
  const { metadata, tensors } = decodeSafetensors(new Uint8Array(await file.arrayBuffer()), file.name);
  const text = metadata[KEY];
  if (text === undefined)
    throw notAModel(file.name, `its metadata must have "${KEY}"`, Object.keys(metadata));
  const parsed = descriptionSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw notAModel(
      file.name,
      `"${KEY}" must be what this page writes`,
      [...path.map(String), message].join(': '),
    );
  }
  checkSettings(parsed.data.settings);
  // The columns and vocabularies of a file are checked by whoever reads rows with them.
  return { about: parsed.data as unknown as ModelDescription, tensors };
}

/** What a run begins with that goes on from a file. */
export function snapshotOf({ about, tensors }: ModelFile, name: string): Snapshot {
  return {
    training: { ...initialState, step: about.step, logged: { step: about.step, trainingSeconds: 0 } },
    state: stateReader(tensors.values(), name),
  };
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function notAModel(subject: string, rule: string, got: unknown) {
  const hint = 'Load a file that this page has saved.';
  return error('not-a-model', { subject, rule, got, hint });
}
