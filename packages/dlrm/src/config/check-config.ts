import { didYouMean } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import type { TableSpec } from '@ttrec/embeddings';
import { checkOptimizer } from '@ttrec/embeddings/model';
import { error } from '../error.ts';
import type { ModelOptimizer } from './model-optimizer.ts';
import type { WideConfig } from '../wide-term.ts';

export function checkWidths(name: string, widths: readonly number[]): void {
  const list: unknown = widths;
  if (!Array.isArray(list)) throw error('bad-width', { subject: name, rule: 'must be a list', got: list });
  widths.forEach((width, i) => checkWidth(`${name}[${i}]`, width, 1));
}

export function checkWidth(subject: string, width: number, least: number): void {
  if (Number.isInteger(width) && width >= least) return;
  throw error('bad-width', { subject, rule: `must be an integer from ${least}`, got: width });
}

export function checkOutputBias(bias: number): void {
  if (Number.isFinite(bias)) return;
  throw error('bad-output-bias', {
    subject: 'outputBias',
    rule: 'must be a finite number',
    got: bias,
    hint: 'The base rate of labels that are all alike has no logit.',
  });
}

export function checkDropout(dropout: number): void {
  if (dropout >= 0 && dropout < 1) return;
  throw error('bad-dropout', { subject: 'dropout', rule: 'must be from 0 to below 1', got: dropout });
}

export function checkOptimizers(optimizer: ModelOptimizer): void {
  checkOptions(error, 'optimizer', optimizer, {
    embeddings: 'any',
    dense: 'any',
    wide: 'any',
    clipNorm: 'any',
  });
  const { embeddings, dense, wide, clipNorm = 1 } = optimizer;
  checkOptimizer(embeddings);
  checkOptimizer(dense);
  if (wide) checkOptimizer(wide);
  if (!(clipNorm > 0)) {
    throw error('bad-clip-norm', { subject: 'optimizer.clipNorm', rule: 'must be above 0', got: clipNorm });
  }
  const { rule } = dense;
  if (!rule.startsWith('rowwise-')) return;
  throw error('unsupported-optimizer', {
    subject: 'optimizer.dense',
    rule: 'the MLPs train with sgd, adagrad, adam or ftrl, for they have no rows of a table',
    got: rule,
  });
}

export function checkWide(wide: WideConfig, tables: readonly TableSpec[]): void {
  checkOptions(error, 'wide', wide, { default: 'any', byName: 'any' });
  const known = tables.map(({ name }) => name);
  const unknown = Object.keys(wide.byName ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw error('bad-wide', {
    subject: 'wide.byName',
    rule: `must name tables of the model: ${known.join(', ')}`,
    got: unknown,
    hint: didYouMean(unknown, known),
  });
}
