import { didYouMean } from '@ttrec/core';
import { optionGenerators } from '@ttrec/planner';
import { isOptionGenerator, type OptionGenerator } from '@ttrec/planner/generator';
import type { TableKind } from '@ttrec/embeddings/kind';
import type { KindModules } from '@ttrec/training/config';
import { kindsOf } from '@ttrec/training/run-folder';
import { usageError } from '../error.ts';
import type { Output } from '../terminal/output.ts';

/** The kinds that `--kinds-from` names. Throws what `kindsOf` throws. */
export async function kindsIn({
  kindsFrom,
}: {
  readonly kindsFrom?: readonly string[] | undefined;
}): Promise<readonly TableKind[] | undefined> {
  return kindsFrom && (await kindsOf(kindsFrom)).kinds;
}

/** What the modules of a config export for the planner. */
export function generatorsOf(kinds: KindModules | undefined): OptionGenerator[] {
  return kinds?.exports.filter(isOptionGenerator) ?? [];
}

/**
 * Checks names of kinds to choose from; `hot-cold` stands for all that begin with `hot-cold→`.
 *
 * @param option that the names were given to
 * @throws `trainer/unknown-kind`
 */
export function requireKinds(option: string, names: readonly string[] = [], kinds?: KindModules): void {
  const known = [...optionGenerators, ...generatorsOf(kinds)].map(({ kind }) => kind);
  for (const got of names) {
    if (known.some((kind) => kind === got || kind.startsWith(`${got}→`))) continue;
    const rule = `must be among ${known.join(', ')}`;
    throw usageError('unknown-kind', { subject: option, rule, got, hint: didYouMean(got, known) });
  }
}

/** Says which kinds a plan cannot choose: what they lose is known to their generator alone. */
export function noteUnplanned(kinds: KindModules | undefined, output: Output): void {
  const planned = new Set(generatorsOf(kinds).flatMap(({ tableKinds = [] }) => tableKinds));
  for (const kind of kinds?.kinds ?? []) {
    if (planned.has(kind)) continue;
    output.note(
      `kinds    ${kind.name} is not planned: its module exports no OptionGenerator with it in tableKinds`,
    );
  }
}
