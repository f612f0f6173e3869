import { createCpuBackend } from '@ttrec/backend-cpu';
import type { RawRow } from '@ttrec/data/encoding';
import { exportOnnx } from '@ttrec/interop';
import { onnxRuntime, type OnnxValue } from '@ttrec/onnxruntime';
import { openRanker, type Ranker } from '@ttrec/serving';
import { compare, type Check } from '../../check.ts';
import type { BenchCase, Missing, OwnContender, Workload } from '../../contender.ts';
import { BEST, type EngineName, type Models } from '../../models.ts';
import { clickModel, rankRequest } from './serving-model.ts';

const CANDIDATES = 500;
const TOP = 20;
/** Requests in turn, each of another user and other items. */
const REQUESTS = 32;
/** 0.8 ms a request. */
const RATE = CANDIDATES / 0.8e-3;

/** The model's file, made once. */
let file: Promise<Uint8Array> | undefined;

async function modelFile(): Promise<Uint8Array> {
  file ??= (async () => {
    await using backend = createCpuBackend();
    return await clickModel(backend);
  })();
  return file;
}

const requests = (() => {
  let made: readonly { readonly context: RawRow; readonly items: RawRow[] }[] | undefined;
  return () => (made ??= Array.from({ length: REQUESTS }, (_, at) => rankRequest(CANDIDATES, at)));
})();

export const servingCases: readonly BenchCase[] = [
  {
    name: `serving/rank/clicks-300kB/${CANDIDATES}`,
    what: `One user against ${CANDIDATES} items, raw strings in and the best ${TOP} out, on a model that is planned at 300 kB for 200,000 clicks. onnxruntime-node runs the same model on tensors that are ready.`,
    unit: 'candidates',
    unitsPerStep: CANDIDATES,
    contenders: [
      { ...own('ttrec rank', (models) => rankWorkload(models, BEST)), rateAtLeast: RATE },
      { ...own('onnxruntime, ready tensors', () => onnxWorkload()), atLeast: 2 },
      own('ttrec rank on WebAssembly', (models) => rankWorkload(models, 'relaxed')),
      own('ttrec score of joined rows', (models) => scoreWorkload(models, BEST)),
    ],
  },
];

function own(name: string, prepare: (models: Models) => Promise<Workload | Missing>): OwnContender {
  return { kind: 'own', name, engine: BEST, prepare };
}

async function rankerOn(models: Models, engine: EngineName): Promise<Ranker> {
  const { backend } = await models.get(engine, 'serving', () => undefined);
  return openRanker(await modelFile(), { backend });
}

async function rankWorkload(models: Models, engine: EngineName): Promise<Workload> {
  const ranker = await rankerOn(models, engine);
  const all = requests();
  return {
    engine: ranker.backend.capabilities.engine,
    check: () => checkRanked(ranker),
    step: (i) => {
      const { context, items } = all[i % REQUESTS]!;
      return ranker.rank(context, items, { top: TOP });
    },
  };
}

async function scoreWorkload(models: Models, engine: EngineName): Promise<Workload> {
  const ranker = await rankerOn(models, engine);
  const joined = joinedRows();
  return {
    engine: ranker.backend.capabilities.engine,
    check: () => checkRanked(ranker),
    step: (i) => ranker.score(joined[i % REQUESTS]!),
  };
}

function joinedRows(): RawRow[][] {
  return requests().map(({ context, items }) => items.map((item) => ({ ...item, ...context })));
}

/** The logits of a request against those of the reference. */
async function checkRanked(ranker: Ranker): Promise<Check> {
  const { context, items } = requests()[0]!;
  const ranked = await ranker.rank(context, items);
  const logits = new Float64Array(items.length);
  for (const { index, logit } of ranked) logits[index] = logit;
  return compare([logits], [await referenceLogits()]);
}

async function referenceLogits(): Promise<Float64Array> {
  await using backend = createCpuBackend();
  const reference = await openRanker(await modelFile(), { backend });
  return (await reference.score(joinedRows()[0]!)).logits;
}

async function onnxWorkload(): Promise<Workload | Missing> {
  const runtime = onnxRuntime();
  if (runtime === undefined) {
    return { reason: 'onnxruntime-node is not installed (node tools/onnxruntime/src/install.ts)' };
  }
  const { InferenceSession, Tensor } = runtime;
  await using backend = createCpuBackend();
  const ranker = await openRanker(await modelFile(), { backend });
  const session = await InferenceSession.create(await exportOnnx(ranker.model), {
    graphOptimizationLevel: 'all',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const long = (values: Uint32Array) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
  const feeds = joinedRows().map((rows) => {
    const { size, dense, byName } = ranker.encoder.encode(rows);
    const inputs: Record<string, OnnxValue> = {
      dense: new Tensor('float32', dense, [size, dense.length / size]),
    };
    for (const [name, { indices, offsets }] of Object.entries(byName)) {
      inputs[`${name}.indices`] = long(indices);
      inputs[`${name}.offsets`] = long(offsets);
    }
    return inputs;
  });
  const logitsOf = async (i: number) => (await session.run(feeds[i]!))['logits']!.data as Float32Array;
  return {
    engine: 'onnxruntime-node, one thread',
    check: async () => compare([await logitsOf(0)], [await referenceLogits()]),
    step: (i) => session.run(feeds[i % REQUESTS]!),
  };
}
