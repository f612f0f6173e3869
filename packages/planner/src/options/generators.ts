import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';
import { compositionalOptions } from '../kinds/compositional.ts';
import { denseOptions } from '../kinds/dense.ts';
import { hashOptions, signedHashOptions } from '../kinds/hash.ts';
import { hashedTTOptions } from '../kinds/hashed-tt.ts';
import { hotHashOptions, hotTTOptions } from '../kinds/hot-cold.ts';
import { int4Options, int8Options, int8TTOptions } from '../kinds/integers.ts';
import { lowRankOptions } from '../kinds/low-rank.ts';
import { hotMixedOptions, mixedHashOptions } from '../kinds/mixed-dimension.ts';
import { hashIntegerOptions, integersOptions, productIntegerOptions } from '../kinds/trained-integers.ts';
import { sumOptions } from '../kinds/sum.ts';
import { ttOptions } from '../kinds/tt.ts';
import type { OptionGenerator } from './option-generator.ts';

/** The kinds that a plan chooses from. A new kind is one more line. */
export const optionGenerators: readonly OptionGenerator[] = [
  denseOptions,
  ttOptions,
  hashOptions,
  hashedTTOptions,
  hotTTOptions,
  hotHashOptions,
  compositionalOptions,
  lowRankOptions,
  hotMixedOptions,
  mixedHashOptions,
  signedHashOptions,
  integersOptions,
  hashIntegerOptions,
  productIntegerOptions,
  sumOptions,
  int8Options,
  int8TTOptions,
  int4Options,
];

/** Names of the kinds whose loss can be measured on given rows (see `priorOnly`). */
export function measurableKinds(
  own: readonly OptionGenerator[],
  { trainable }: { readonly trainable: boolean },
): string[] {
  return [...optionGenerators, ...own]
    .filter(({ priorOnly, inferenceOnly }) => priorOnly !== true && !(trainable && inferenceOnly === true))
    .map(({ kind }) => kind);
}

/**
 * The generators that a plan may use.
 *
 * @param kinds names of the kinds, all if absent; `hot-cold` stands for all names that begin with `hot-cold→`
 * @throws `planner/unknown-kind`, `planner/not-trainable`
 */
export function chosenGenerators(
  all: readonly OptionGenerator[],
  { kinds, serving }: { readonly kinds: readonly string[] | undefined; readonly serving: boolean },
): OptionGenerator[] {
  const usable = (generator: OptionGenerator) => serving || generator.inferenceOnly !== true;
  if (kinds === undefined) return all.filter(usable);
  return kinds.flatMap((kind) => {
    const found = generatorsOf(kind, all);
    if (found.length === 0) throw unknownKind(kind, all);
    if (found.some(usable)) return found.filter(usable);
    throw error('not-trainable', {
      subject: `kind "${kind}"`,
      rule: 'cannot be trained and is for serving only',
      got: 'a plan for training',
      hint: 'Plan with purpose "serving", or compress without fine-tuning.',
    });
  });
}

/** The generator with that name; if there is none, all whose name begins with it. */
function generatorsOf(kind: string, all: readonly OptionGenerator[]): OptionGenerator[] {
  const exact = all.filter((generator) => generator.kind === kind);
  return exact.length > 0 ? exact : all.filter((generator) => generator.kind.startsWith(`${kind}→`));
}

function unknownKind(kind: string, all: readonly OptionGenerator[]): Error {
  const known = all.map((generator) => generator.kind);
  const rule = `must be among ${known.join(', ')}`;
  return error('unknown-kind', { subject: 'kinds', rule, got: kind, hint: didYouMean(kind, known) });
}
