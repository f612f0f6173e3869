import { nearest } from '@ttrec/errors';
import { error } from './error.ts';
import { denseOptions } from './kinds/dense.ts';
import { hashOptions } from './kinds/hash.ts';
import { hashedTTOptions } from './kinds/hashed-tt.ts';
import { hotHashOptions, hotTrainOptions } from './kinds/hot-cold.ts';
import { int4Options, int8Options, int8TrainOptions } from './kinds/integers.ts';
import { ttOptions } from './kinds/tt.ts';
import type { OptionGenerator } from './option-generator.ts';

/** The kinds that a plan chooses from: one line each. */
export const optionGenerators: readonly OptionGenerator[] = [
  denseOptions,
  ttOptions,
  hashOptions,
  hashedTTOptions,
  hotTrainOptions,
  hotHashOptions,
  int8Options,
  int8TrainOptions,
  int4Options,
];

/**
 * The generators that a plan may use.
 *
 * @param kinds names of those to use; all of them when absent
 * @throws `planner/unknown-kind`, `planner/not-trainable`
 */
export function chosenGenerators(
  all: readonly OptionGenerator[],
  { kinds, serving }: { readonly kinds: readonly string[] | undefined; readonly serving: boolean },
): OptionGenerator[] {
  const usable = (generator: OptionGenerator) => serving || generator.inferenceOnly !== true;
  if (kinds === undefined) return all.filter(usable);
  return kinds.map((kind) => {
    const found = all.find((generator) => generator.kind === kind);
    if (found === undefined) throw unknownKind(kind, all);
    if (usable(found)) return found;
    throw error('not-trainable', {
      subject: `kind "${kind}"`,
      rule: 'cannot be trained, so that it can be planned for serving only',
      got: 'a plan for training',
      hint: 'Plan with purpose "serving".',
    });
  });
}

function unknownKind(kind: string, all: readonly OptionGenerator[]): Error {
  const known = all.map((generator) => generator.kind);
  const near = nearest(kind, known);
  return error('unknown-kind', {
    subject: 'kinds',
    rule: `must be among ${known.join(', ')}`,
    got: kind,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}
