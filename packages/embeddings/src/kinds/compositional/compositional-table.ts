import { concatenateRows, StackedRows, type Combine } from '../../lookup/combine-rows.ts';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather } from '../../lookup/gather.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { EmbeddingTable, FitOptions, Lookup, TableContext } from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import type { Combination, CompositionalConfig } from './compositional-config.ts';
import { partsOf, type Part } from './parts.ts';

/** Each distinct id of a batch has its rows combined once. */
export class CompositionalTable extends WrappingTable {
  readonly #combination: Combination;
  readonly #parts: readonly Part[];
  readonly #tables: readonly EmbeddingTable[];
  readonly #gathers: readonly Gather[];
  readonly #stacked: StackedRows;
  readonly #rows: DistinctRows;

  constructor(config: CompositionalConfig, context: TableContext, tables: readonly EmbeddingTable[]) {
    super(context, tables);
    this.#combination = config.combine;
    this.#parts = partsOf(config, context);
    this.#tables = tables;
    this.#gathers = tables.map((table) => new Gather(context.backend, table, context.name));
    this.#stacked = new StackedRows(context.backend, context.name);
    const combine = this.#combine();
    this.#rows = new DistinctRows(context.backend, context, (ids, out, training) => {
      const parts = this.#parts.map(({ place, size }, t) => {
        return { gather: this.#gathers[t]!, ids: ids.map(place), cols: size.embeddingDim };
      });
      return combine(parts, out, training);
    });
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** Means for parts side by side, least squares for sums, alternating least squares for products. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { fitParts } = await fittingOf(this.training);
    const fitted = await fitParts(source, this.#parts, this.#combination);
    for (const [t, rows] of fitted.entries()) await this.#tables[t]!.fit(rows, options);
  }

  override dispose(): void {
    this.#rows.dispose();
    this.#stacked.dispose();
    for (const gather of this.#gathers) gather.dispose();
    super.dispose();
  }

  #combine(): Combine {
    if (this.#combination === 'concatenate') return concatenateRows;
    return this.#combination === 'sum' ? this.#stacked.sum : this.#stacked.product;
  }
}
