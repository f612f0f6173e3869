import { createDryBackend, recordingBackend } from '@ttrec/testkit/backend';
import { allCases } from '../cases/all-cases.ts';
import type { BenchCase } from '../contender.ts';
import { error } from '../error.ts';
import { Models } from '../models.ts';
import type { BenchRecord } from '../record.ts';
import { formatRate } from './format.ts';
import { markdownTable } from './markdown.ts';

const PEAK = 'matmul/512';

/**
 * How near the cases of tables and models are to the floor of their multiply-adds: those that the kernels of a step ask for, at
 * the rate of the record's product of 512 × 512 matrices. What a step moves through memory and does in JavaScript is not in it.
 *
 * @throws `bench/missing-comparison` where the record lacks that product
 */
export async function floorTable({ cases }: BenchRecord): Promise<string> {
  const rateOf = (name: string) => cases.find((one) => one.name === name)?.contenders[0]?.rate?.median;
  const peak = rateOf(PEAK);
  if (peak === undefined) throw error('missing-comparison', { subject: PEAK, rule: 'must have run' });
  const rows: string[][] = [];
  const backend = recordingBackend(createDryBackend());
  const models = new Models(async () => backend);
  for (const one of allCases) {
    const rate = rateOf(one.name);
    if (rate === undefined || !/^(tt-bag|bag|dlrm)\//.test(one.name)) continue;
    const floor = (2 * (await multiplyAddsOf(one, models, backend))) / (peak * 1e9);
    const seconds = one.unitsPerStep / rate;
    rows.push([
      one.name,
      `${formatRate(1e6 * floor)} µs`,
      `${formatRate(1e6 * seconds)} µs`,
      `${((100 * floor) / seconds).toPrecision(2)} %`,
    ]);
  }
  return [
    `Multiply-adds at the ${formatRate(peak)} GFLOP/s of a product of 512 × 512 matrices; a step's traffic and its JavaScript come on top.`,
    markdownTable(['case', 'floor of a step', 'step', 'floor / step'], rows),
  ].join('\n\n');
}

/** Of the first step of the first contender. */
async function multiplyAddsOf(
  { name, contenders: [ours] }: BenchCase,
  models: Models,
  backend: ReturnType<typeof recordingBackend>,
): Promise<number> {
  const workload = await ours.prepare(models);
  if ('reason' in workload)
    throw error('missing-comparison', { subject: name, rule: 'must run', got: workload.reason });
  backend.reset();
  // A model that scores reads its scores, of which this backend has none; by then its kernels are counted.
  await workload.step(0).catch((thrown: unknown) => {
    if ((thrown as { readonly code?: string }).code !== 'testkit/dry-read') throw thrown;
  });
  return backend.recording().multiplyAdds;
}
