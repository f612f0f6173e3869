import type { TtrecError } from '@ttrec/core';
import type { Dlrm } from '@ttrec/dlrm';
import { optimizerRules, stateReader } from '@ttrec/embeddings';
import type { LoadableTensor } from '@ttrec/embeddings/model';
import { openMpi } from '@ttrec/mpi';
import { fit, type ModelOptions, type TrainingState } from '@ttrec/training';
import type { Communicator } from '@ttrec/training/workers';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { kinds } from './kinds.ts';
import { clicks, modelFor } from './models.ts';

type HeldTensor = LoadableTensor & { readonly data: ArrayBufferView };

/** Models by kind of table and optimizer, and how far they are trained. */
export type Trained = Readonly<
  Record<string, { readonly state: TrainingState; readonly tensors: readonly HeldTensor[] }>
>;

/** Trains a model for every pair of a kind and an optimizer. @param options.from what to continue; by default, models start anew */
export async function trainEveryKind(
  communicator: Communicator | undefined,
  { steps, from }: { readonly steps: number; readonly from?: Trained },
): Promise<Trained> {
  const dataset = await clicks({ train: 75, validation: 0, test: 0 });
  // Three batches of 21 rows and one of 12: shards of 6 or 3, and of 5, 5 and 2.
  const options = { ...{ batchSize: 21, shards: 4, steps, learningRate: 0.1 }, communicator };
  const trained: Record<string, Trained[string]> = {};
  for (const [kind, config] of Object.entries(kinds)) {
    for (const rule of optimizerRules) {
      const name = `${kind} and ${rule}`;
      const optimizer = { embeddings: { rule, l2: 0.01 }, dense: { rule: 'adam' as const } };
      const model = modelOrNone({ tables: { default: config }, optimizer });
      if (!model) continue;
      if (from) await model.loadState(stateReader(from[name]!.tensors));
      const { state } = await fit(model, dataset, { ...options, from: from?.[name]!.state });
      trained[name] = { state: { ...state, trainingSeconds: 0 }, tensors: await tensorsOf(model) };
    }
  }
  return trained;

  /** None if the kind does not train with the optimizer. */
  function modelOrNone(choice: ModelOptions): Dlrm | undefined {
    try {
      return modelFor(dataset, choice);
    } catch (thrown) {
      if ((thrown as TtrecError).code === 'embeddings/unsupported-optimizer') return undefined;
      throw thrown;
    }
  }
}

async function tensorsOf(model: Dlrm): Promise<HeldTensor[]> {
  const tensors: HeldTensor[] = [];
  for (const { name, dtype, shape, data } of model.state())
    tensors.push({ name, dtype, shape, data: (await data()).slice() });
  return tensors;
}

/** A digest of the tensors of each model, by its name. */
export function digestsOf(trained: Trained): Record<string, string> {
  const digests = Object.entries(trained).map(([name, { tensors }]) => {
    const hash = createHash('sha256');
    for (const { data, ...rest } of tensors) {
      hash.update(JSON.stringify(rest));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    return [name, hash.digest('hex')] as const;
  });
  return Object.fromEntries(digests);
}

// Run by a launcher: trains two steps, and two more on what a job with another number of processes has saved.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [saves, loads = saves] = process.argv.slice(2) as [string, string?];
  const mpi = await openMpi();
  const half = await trainEveryKind(mpi, { steps: 2 });
  if (mpi.rank === 0) writeFileSync(saves, serialize(half));
  await mpi.barrier();
  const from = deserialize(readFileSync(loads)) as Trained;
  const whole = await trainEveryKind(mpi, { steps: 4, from });
  const digests = JSON.stringify([digestsOf(half), digestsOf(whole)]);
  const all = await mpi.allgatherv(new TextEncoder().encode(digests));
  if (mpi.rank === 0) console.log(`[${all.map((each) => new TextDecoder().decode(each)).join()}]`);
  mpi.finalize();
}
