import { cost, priceTables, type OptimizerConfig, type TableSpec } from '@ttrec/embeddings';
import type { DlrmConfig } from '@ttrec/dlrm';
import { wideTables } from '@ttrec/dlrm/layers';
import { describeTable } from '@ttrec/embeddings/configs';
import { error } from '../error.ts';
import type { TablesSummary } from '../records/run-record.ts';

/** One table with its price and that of its dense form. */
export interface TableRow {
  readonly name: string;
  readonly numEmbeddings: number;
  /** The kind, and what is inside: `hash→tt`, `hot-cold(dense, tt)`. */
  readonly kind: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly trainingBytes: number;
  readonly denseBytes: number;
  readonly multiplyAddsPerLookup: number;
  readonly inferenceOnly?: boolean;
}

/**
 * What each table costs; nothing is allocated.
 *
 * @throws `training/too-large` for what no number can tell exactly
 */
export function tableRows(
  tables: readonly TableSpec[],
  embeddingDim: number,
  optimizer: OptimizerConfig,
): TableRow[] {
  return priceTables(tables, embeddingDim, optimizer).map(({ table, cost: price }) => {
    const { name, numEmbeddings, config, kinds } = table;
    const denseBytes = cost({ kind: 'dense' }, { numEmbeddings, embeddingDim }).bytes;
    const row = { name, numEmbeddings, kind: describeTable(config, kinds), ...price, denseBytes };
    requireExact(`table "${name}"`, row);
    return row;
  });
}

/** The tables of a model, and those of its wide term as `wide NAME`: all have their bytes. */
export function modelTableRows(config: DlrmConfig): TableRow[] {
  const { tables, embeddingDim, optimizer, wide } = config;
  const deep = tableRows(tables, embeddingDim, optimizer.embeddings);
  if (!wide) return deep;
  const named = wideTables(tables, wide).map((table) => ({ ...table, name: `wide ${table.name}` }));
  return [...deep, ...tableRows(named, 1, optimizer.wide ?? optimizer.embeddings)];
}

export function summarise(rows: readonly TableRow[]): TablesSummary {
  const sum = (field: 'bytes' | 'denseBytes' | 'parameters' | 'trainingBytes') =>
    rows.reduce((total, row) => total + row[field], 0);
  const [bytes, denseBytes] = [sum('bytes'), sum('denseBytes')];
  const summary = {
    bytes,
    denseBytes,
    compression: denseBytes / bytes,
    parameters: sum('parameters'),
    trainingBytes: sum('trainingBytes'),
  };
  requireExact('all tables', summary);
  return summary;
}

/** Beyond safe integers a count is rounded. No other count of a table is above these two. */
function requireExact(
  subject: string,
  { trainingBytes, denseBytes }: Pick<TableRow, 'trainingBytes' | 'denseBytes'>,
): void {
  for (const bytes of [trainingBytes, denseBytes]) {
    if (Number.isSafeInteger(bytes)) continue;
    throw error('too-large', {
      subject,
      rule: `must take at most ${Number.MAX_SAFE_INTEGER} bytes, in training and stored dense`,
      got: bytes,
      hint: 'Lower the ranks, the embedding dimension or the rows.',
    });
  }
}
