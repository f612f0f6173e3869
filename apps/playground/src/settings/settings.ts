import { error } from '../error.ts';

/** How the large tables are stored: one form for all, `planned` for a budget, or `compressed` from those that are trained. */
export const kinds = ['dense', 'hash', 'tt', 'hash+tt', 'hot-cold', 'planned', 'compressed'] as const;

export type Kind = (typeof kinds)[number];

/** What a visitor chooses about model and training. Data and engine are chosen beside it. */
export interface Settings {
  readonly kind: Kind;
  /** Rank of tensor trains. */
  readonly rank: number;
  /** Rows that ids share when they are hashed into a dense table. */
  readonly buckets: number;
  /** Rows that ids share when they are hashed into a tensor train. */
  readonly trainBuckets: number;
  /** Rows that stay dense before a tensor train. */
  readonly hot: number;
  /** Bytes of all tables, in kB, where tables are planned. */
  readonly budget: number;
  /** D. */
  readonly embeddingDim: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Steps after which training stops by itself. */
  readonly steps: number;
  readonly seed: number;
}

export type NumberField = Exclude<keyof Settings, 'kind'>;

export interface FieldRule {
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly isInteger: boolean;
}

/** The limits keep a step short enough for a page; packages themselves take more. */
const fieldRules: Readonly<Record<NumberField, FieldRule>> = {
  rank: { label: 'rank', least: 1, most: 256, isInteger: true },
  buckets: { label: 'rows of the hashed table', least: 1, most: 10_000_000, isInteger: true },
  trainBuckets: { label: 'rows of the hashed train', least: 1, most: 100_000_000, isInteger: true },
  hot: { label: 'hot rows', least: 1, most: 10_000_000, isInteger: true },
  budget: { label: 'budget in kB', least: 1, most: 1_000_000, isInteger: true },
  embeddingDim: { label: 'embedding dimension', least: 1, most: 256, isInteger: true },
  batchSize: { label: 'batch size', least: 1, most: 8192, isInteger: true },
  learningRate: { label: 'learning rate', least: 1e-6, most: 10, isInteger: false },
  steps: { label: 'steps', least: 1, most: 1_000_000, isInteger: true },
  seed: { label: 'seed', least: 0, most: 2 ** 32 - 1, isInteger: true },
};

export const numberFields = Object.keys(fieldRules) as readonly NumberField[];

/** At these, the compressed kinds of the default data take about the same bytes. */
export const defaultSettings: Settings = {
  kind: 'tt',
  rank: 16,
  buckets: 1500,
  trainBuckets: 20_000,
  hot: 200,
  budget: 450,
  embeddingDim: 16,
  batchSize: 256,
  learningRate: 0.03,
  steps: 4000,
  seed: 1,
};

/** What is wrong with a number, in words; undefined if nothing is. */
export function faultOf(field: NumberField, value: number): string | undefined {
  const { least, most, isInteger } = fieldRules[field];
  const fits = value >= least && value <= most && (!isInteger || Number.isInteger(value));
  if (fits) return undefined;
  return `must be ${isInteger ? 'a whole number' : 'a number'} from ${written(least)} to ${written(most)}`;
}

/** @throws `playground/bad-setting` */
export function checkSettings(settings: Settings): void {
  if (!kinds.includes(settings.kind)) {
    throw error('bad-setting', {
      subject: 'kind',
      rule: `must be one of ${kinds.join(', ')}`,
      got: settings.kind,
    });
  }
  for (const field of numberFields) {
    const rule = faultOf(field, settings[field]);
    if (rule !== undefined)
      throw error('bad-setting', { subject: fieldRules[field].label, rule, got: settings[field] });
  }
}

function written(limit: number): string {
  return limit < 1 ? String(limit) : limit.toLocaleString('en-US');
}
