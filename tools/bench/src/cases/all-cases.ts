import type { BenchCase } from '../contender.ts';
import { error } from '../error.ts';
import { didYouMean } from '@ttrec/core';
import { dataCases } from './data.ts';
import { dlrmCases } from './dlrm.ts';
import { matmulCases } from './matmul.ts';
import { rowBagCases } from './row-bag.ts';
import { servingCases } from './serving/serving.ts';
import { serverCases } from './serving/server.ts';
import { ttBagCases } from './tt-bag.ts';
import { ttSvdCases } from './tt-svd.ts';
import { workerCases } from './workers.ts';

/** Every case. Those that share a large model follow one another. */
export const allCases: readonly BenchCase[] = [
  ...matmulCases,
  ...ttSvdCases,
  ...ttBagCases,
  ...rowBagCases,
  ...dlrmCases,
  ...workerCases,
  ...servingCases,
  ...dataCases,
  ...serverCases,
];

/**
 * The cases whose names begin with one of `only`; all when it is empty.
 *
 * @throws `bench/unknown-case` for a beginning that no name has
 */
export function chooseCases(only: readonly string[]): readonly BenchCase[] {
  for (const beginning of only) {
    if (!allCases.some(({ name }) => name.startsWith(beginning))) throw unknownCase(beginning);
  }
  if (only.length === 0) return allCases;
  return allCases.filter(({ name }) => only.some((beginning) => name.startsWith(beginning)));
}

function unknownCase(beginning: string): Error {
  const likely = didYouMean(
    beginning,
    allCases.map(({ name }) => name),
  );
  const hint = [likely, '--list shows all.'].join(' ').trim();
  return error('unknown-case', {
    subject: '--only',
    rule: 'must begin the name of a case',
    got: beginning,
    hint,
  });
}
