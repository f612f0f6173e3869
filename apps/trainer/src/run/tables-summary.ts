import { cost, priceTables, type OptimizerConfig, type TableSpec } from '@ttrec/embeddings';
import type { TablesSummary } from './records.ts';

/** One table with its price and that of its dense form. */
export interface TableRow {
  readonly name: string;
  readonly numEmbeddings: number;
  /** The kind, and what is inside: `hash→tt`. */
  readonly kind: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly trainingBytes: number;
  readonly denseBytes: number;
  readonly multiplyAddsPerLookup: number;
}

/** What each table costs; nothing is allocated. */
export function tableRows(
  tables: readonly TableSpec[],
  embeddingDim: number,
  optimizer: OptimizerConfig,
): TableRow[] {
  return priceTables(tables, embeddingDim, optimizer).map(({ table, cost: price }) => {
    const { name, numEmbeddings, config } = table;
    const denseBytes = cost({ kind: 'dense' }, { numEmbeddings, embeddingDim }).bytes;
    return { name, numEmbeddings, kind: kindOf(config), ...price, denseBytes };
  });
}

export function summarise(rows: readonly TableRow[]): TablesSummary {
  const sum = (field: 'bytes' | 'denseBytes' | 'parameters' | 'trainingBytes') =>
    rows.reduce((total, row) => total + row[field], 0);
  const [bytes, denseBytes] = [sum('bytes'), sum('denseBytes')];
  return {
    bytes,
    denseBytes,
    compression: denseBytes / bytes,
    parameters: sum('parameters'),
    trainingBytes: sum('trainingBytes'),
  };
}

function kindOf(config: TableSpec['config']): string {
  return config.kind === 'hash' ? `hash→${kindOf(config.into)}` : config.kind;
}
