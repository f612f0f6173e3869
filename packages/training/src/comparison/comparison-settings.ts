import { z } from 'zod';
import { regimes } from './paired-run.ts';

/** What is random from seed to seed. */
export type Varied = 'split' | 'order' | 'start';

const varied: readonly Varied[] = ['split', 'order', 'start'];

/** A comparison at equal bytes, as it is asked for and saved. */
export const comparisonSchema = z.strictObject({
  arms: z.array(z.string()).min(1),
  budgets: z.array(
    z.strictObject({
      label: z.string(),
      ratio: z.number().min(1).optional(),
      bytes: z.int().min(1).optional(),
    }),
  ),
  seeds: z.int().min(1),
  /** What differs from seed to seed; the rest has the seed of the config. */
  vary: z.array(z.enum(varied)).min(1),
  /** Trainings that choose learning rate and split of bytes on validation rows, an arm and budget. */
  trials: z.int().min(1),
  regime: z.enum(regimes),
  /** Whether training rows come in the order of the file. */
  inFileOrder: z.boolean(),
  /** The arm that the others are compared with. */
  baseline: z.string(),
  keepPredictions: z.boolean(),
  /** What the arm `measured` may take to choose its tables at a budget: seconds, or the work of so many whole trainings. */
  measure: z
    .union([
      z.strictObject({ seconds: z.number().positive() }),
      z.strictObject({ trials: z.number().positive() }),
    ])
    .optional(),
});

export type ComparisonSettings = z.infer<typeof comparisonSchema>;

/** What a comparison trains, in words that name its regime. */
export function regimeText({
  regime,
  inFileOrder,
}: Pick<ComparisonSettings, 'regime' | 'inFileOrder'>): string {
  const order = inFileOrder ? 'in the order of the file' : 'shuffled';
  return regime === 'one-epoch' ? `one epoch, ${order}` : `several epochs, ${order}, stopped on validation`;
}
