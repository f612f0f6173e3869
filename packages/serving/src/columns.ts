import type { Encoder } from '@ttrec/data/encoding';

/** A column that rows must have. */
export interface RankerColumn {
  readonly name: string;
  /** `number` for dense columns, whose values may also be decimal text; `category` for text or whole numbers. */
  readonly type: 'number' | 'category';
  /** Whether a value may be a list. */
  readonly multiValued: boolean;
}

/** The columns of an encoder's rows. A column that a number and a category are both read from is a number. */
export function columnsOf({ columns, schema, featureColumns }: Encoder): RankerColumn[] {
  return columns.map((name) => ({
    name,
    type: schema.dense.includes(name) ? 'number' : 'category',
    multiValued: schema.features.some(({ multiValued }, f) => multiValued && featureColumns[f] === name),
  }));
}
