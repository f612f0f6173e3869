import { checkObject } from '@ttrec/core';
import { error } from '../error.ts';
import { checkOptimizer, type OptimizerConfig } from '../optimizer.ts';
import { requireRoom, tableDemand } from './require-room.ts';
import type { TableConfig } from '../kinds.ts';
import type { NestedTables, TableCost, TableKind, TableSize } from './table-kind.ts';

/** Tables inside one another: deeper configs are refused. */
const MAX_DEPTH = 32;
/** Tables that one config may stand for: 16 hashes inside 16 hashes are 256. */
const MAX_TABLES = 2 ** 16;
/** Ids are uint32. */
const MAX_EMBEDDINGS = 2 ** 32;

interface Priced {
  readonly cost: TableCost;
  /** This one and all inside. */
  readonly tables: number;
  readonly depth: number;
}

/**
 * Prices, makes and grows tables with tables inside. Each part of a config is priced once a size: time is linear in the
 * config, however many tables it stands for.
 */
export function nestedTables(kindOf: (config: TableConfig) => TableKind<TableConfig>): NestedTables {
  const known = new Map<TableConfig, Map<string, Priced>>();

  const price = (config: TableConfig, size: TableSize, optimizer: OptimizerConfig, around = 0): Priced => {
    checkOptimizer(optimizer);
    checkSize(size);
    const kind = kindOf(config);
    const key = `${size.numEmbeddings} ${size.embeddingDim} ${optimizer.rule}`;
    const ofConfig = known.get(config) ?? new Map<string, Priced>();
    known.set(config, ofConfig);
    const found = ofConfig.get(key);
    requireDepth(around + (found?.depth ?? 1));
    if (found) return found;
    let [tables, depth] = [1, 1];
    const inside: NestedTables = {
      ...nested,
      cost(inner, innerSize, innerOptimizer) {
        const priced = price(inner, innerSize, innerOptimizer, around + 1);
        tables += priced.tables;
        depth = Math.max(depth, priced.depth + 1);
        return priced.cost;
      },
    };
    const cost = kind.cost(config, size, optimizer, inside);
    requireCount(tables);
    const priced = { cost, tables, depth };
    ofConfig.set(key, priced);
    return priced;
  };

  const nested: NestedTables = {
    cost: (config, size, optimizer) => price(config, size, optimizer).cost,
    create(config, context) {
      requireRoom(context.backend, [
        tableDemand(context.name, nested.cost(config, context, context.optimizer)),
      ]);
      return kindOf(config).create(config, context, nested);
    },
    grow(config, from, numEmbeddings) {
      checkSize({ ...from, numEmbeddings });
      requireMore(from, numEmbeddings);
      nested.cost(config, from, { rule: 'sgd' });
      const kind = kindOf(config);
      if (kind.grow) return kind.grow(config, from, numEmbeddings, nested);
      throw error('cannot-grow', {
        subject: `table kind "${config.kind}"`,
        rule: 'must be one to which rows can be appended',
        hint: 'Tables of integers are made of a trained one: grow that one, and convert it again.',
      });
    },
  };
  return nested;
}

function requireDepth(depth: number): void {
  if (depth <= MAX_DEPTH) return;
  const rule = `must lie at most ${MAX_DEPTH} deep in one another`;
  throw error('too-deep', { subject: 'tables of a config', rule, got: 'more' });
}

function requireCount(tables: number): void {
  if (tables <= MAX_TABLES) return;
  const rule = `must stand for at most ${MAX_TABLES} tables`;
  throw error('too-many-tables', {
    subject: 'a table config',
    rule,
    got: tables,
    hint: 'Tables inside a "compositional" one multiply.',
  });
}

function requireMore(from: TableSize, numEmbeddings: number): void {
  if (numEmbeddings >= from.numEmbeddings) return;
  throw error('cannot-grow', {
    subject: 'numEmbeddings of a grown table',
    rule: `must be at least the ${from.numEmbeddings} there are`,
    got: numEmbeddings,
  });
}

function checkSize(size: TableSize): void {
  checkObject(error, 'bad-size', 'table size', size);
  const { numEmbeddings, embeddingDim } = size;
  if (!Number.isInteger(numEmbeddings) || numEmbeddings < 1 || numEmbeddings > MAX_EMBEDDINGS) {
    throw error('bad-size', {
      subject: 'numEmbeddings',
      rule: `must be an integer from 1 to ${MAX_EMBEDDINGS}`,
      got: numEmbeddings,
    });
  }
  if (!Number.isInteger(embeddingDim) || embeddingDim < 1) {
    throw error('bad-size', {
      subject: 'embeddingDim',
      rule: 'must be an integer from 1',
      got: embeddingDim,
    });
  }
}
