import { checkArgument, checkList, checkOptions } from '@ttrec/core/options';
import type { TableSpec } from '@ttrec/embeddings';
import { kindsWith } from '@ttrec/embeddings/configs';
import { error } from '../error.ts';
import { requireCount } from './require-count.ts';

/** How many workers share batches of how many rows. */
export interface SharedBatches {
  readonly workers: number;
  /** Rows of a whole batch. Each looks up one id a table. */
  readonly batchSize: number;
  /** Names of the dense tables whose rows workers divide among them; none by default. */
  readonly sharded?: readonly string[] | undefined;
  /** Whether gradients are clipped, for which every worker measures those of all tables; false by default. */
  readonly clipped?: boolean | undefined;
}

/** Bytes that one worker sends in a step for one table. */
export interface TableExchange {
  readonly name: string;
  readonly sharded: boolean;
  /** Of the next two, that of a table which is or is not divided. */
  readonly sentBytes: number;
  /** At most, where every worker holds the table: the gradients of the rows that its part of a batch reads, with their ids, to all others. */
  readonly gradientBytes: number;
  /** For a dense table whose rows are divided among the workers: ids, rows, and their gradients with ids, at most on average. */
  readonly allToAllBytes: number;
}

/**
 * What workers that share batches send for each table; nothing is allocated.
 *
 * @throws `planner/bad-argument`, `planner/bad-option`, and what `cost` of @ttrec/embeddings throws
 */
export function tableExchanges(
  tables: readonly TableSpec[],
  embeddingDim: number,
  shared: SharedBatches,
): TableExchange[] {
  checkList(error, 'bad-argument', 'tableExchanges, tables', tables);
  checkOptions(error, 'tableExchanges', shared, {
    workers: 'any',
    batchSize: 'any',
    sharded: 'any',
    clipped: 'boolean',
  });
  const { workers, batchSize, sharded = [], clipped = false } = shared;
  checkList(error, 'bad-argument', 'tableExchanges, sharded', sharded);
  requireCount('tableExchanges, workers', workers);
  requireCount('tableExchanges, batchSize', batchSize);
  const lookups = Math.ceil(batchSize / workers);
  return tables.map((table) => {
    checkArgument(error, 'tableExchanges, table', table, 'a TableSpec', 'name', 'numEmbeddings', 'config');
    const { name, numEmbeddings, config, kinds } = table;
    // Refuses what no table can be.
    kindsWith(kinds).cost(config, { numEmbeddings, embeddingDim }, { rule: 'sgd' });
    const rowBytes = 4 * Math.min(lookups, numEmbeddings) * (1 + embeddingDim) * (workers - 1);
    const allToAllBytes = Math.round(rowBytes / workers + (clipped ? rowBytes : rowBytes / workers));
    const isSharded = config.kind === 'dense' && sharded.includes(name);
    return {
      ...{ name, sharded: isSharded, sentBytes: isSharded ? allToAllBytes : rowBytes },
      ...{ gradientBytes: rowBytes, allToAllBytes },
    };
  });
}
