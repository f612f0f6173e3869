import { dataConfigSchema } from '@ttrec/data';
import { bytesRule, parseBytes } from '@ttrec/core';
import { z } from 'zod';
import { folderName } from './folder-name.ts';
import { KindModules } from '../kinds/kind-modules.ts';
import { averagingSchema, interactionSchema, learningRateSchema, optimizerSchema } from './recipe-schema.ts';
import { checkTables, tablesSchema, wideTablesSchema } from './table-schema.ts';

/** How many threads compute; `auto`: as many as the engine and the machine have. */
export type Threads = number | 'auto';

/** One: more pay for large batches on processors that are free, which only the user knows. */
export const DEFAULT_THREADS = 1;

const positiveInteger = z.int().min(1);
const widths = z.array(positiveInteger);

/** `16GB`, or a number of bytes. */
const bytes = z.union([
  positiveInteger,
  z.string().transform((text, context): number => {
    const parsed = parseBytes(text);
    if (parsed === undefined) context.addIssue({ code: 'custom', message: bytesRule, input: text });
    return parsed ?? 0;
  }),
]);

const modelSchema = z.strictObject({
  embeddingDim: positiveInteger.default(16),
  bottomMlp: widths.default([64]),
  topMlp: widths.default([64, 32]),
  /** By default dot products, or side by side where these would be too few. */
  interaction: interactionSchema.optional(),
  /** A weight for every id and every dense column: `true` stores those of ids as dense tables with D = 1. */
  wide: z.union([z.boolean(), wideTablesSchema]).optional(),
  /** How the layers of the MLPs start. */
  mlpInitialisation: z.enum(['glorot', 'pytorch']).optional(),
  /** Share of the outputs of hidden layers that a step sets to 0. */
  dropout: z.number().min(0).lt(1).optional(),
  pooling: z.enum(['sum', 'mean']).default('sum'),
  tables: tablesSchema.prefault({}),
  /** The first prediction: the training rows' base rate, or one half. */
  outputBias: z.enum(['base-rate', 'zero']).default('base-rate'),
});

const trainingSchema = z.strictObject({
  batchSize: positiveInteger.default(128),
  /**
   * Cuts each batch into so many shards, which workers share: the result depends on their number, and not on that of the workers. 1
   * when absent, or 8 where several workers train.
   */
  shards: positiveInteger.optional(),
  /** Whether the MPI library adds up the gradients of MLPs: faster on many workers, and no longer the same bits on any number of them. */
  fastReduce: z.boolean().optional(),
  /**
   * Which dense tables several workers divide among them, each holding a part of the rows: those that must be, for the model to fit the memory of a
   * worker (`auto`, also when absent), none, or these. It changes no result.
   */
  shardedTables: z.union([z.enum(['auto', 'none']), z.array(z.string()).min(1).readonly()]).optional(),
  /** Bytes that parameters and optimizer state may take on a worker; what its engine and its machine have left when absent. */
  workerMemory: bytes.optional(),
  epochs: positiveInteger.default(1),
  /** Trains this many steps in place of whole epochs. */
  steps: positiveInteger.optional(),
  /** Constant, or by the step; one for all parts of the model, or one for each. */
  learningRate: learningRateSchema.default(0.02),
  optimizer: optimizerSchema.prefault({}),
  /** Evaluates, tests and exports weights that are averaged over steps. */
  averaging: averagingSchema.optional(),
  /** Steps between records of the training loss. */
  logEvery: positiveInteger.default(50),
  /** Steps between evaluations on the validation split; at the end of each epoch when absent. */
  evaluateEvery: positiveInteger.optional(),
  /** Ends training after so many evaluations without a lower validation log-loss; never when absent. */
  patience: positiveInteger.optional(),
  /** Steps between checkpoints; at evaluations when absent. */
  checkpointEvery: positiveInteger.optional(),
});

const trainFields = {
  $schema: z.string().optional(),
  /** Modules of kinds of tables, which `readConfig` and `openRun` load. */
  kinds: z.instanceof(KindModules, { error: 'must be loaded by readConfig of @ttrec/training' }).optional(),
  name: folderName,
  seed: z.int().min(0).default(1),
  backend: z.string().default('auto'),
  threads: z.union([positiveInteger, z.literal('auto')]).default(DEFAULT_THREADS),
  data: dataConfigSchema,
  model: modelSchema.prefault({}),
  training: trainingSchema.prefault({}),
};

/** A training run, in one file. */
export const trainConfigSchema = z.strictObject(trainFields).superRefine(checkTables);

export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** One run of a comparison: the base config with other tables, given or planned. */
const variantSchema = z
  .strictObject({
    name: folderName,
    tables: tablesSchema.optional(),
    /** Leaves the tables to the planner. */
    plan: z
      .strictObject({
        /** Of all tables together: `2MB`. Those of the variant `sameBytesAs` when absent. */
        bytes: z.union([z.string(), positiveInteger]).optional(),
        /** Kinds to choose from; all by default. */
        kinds: z.array(z.string()).min(1).optional(),
      })
      .optional(),
    /**
     * Shrinks or grows each compressed table to the bytes that this other variant gives it: the buckets of a hash into a
     * dense table, the rank of a tensor train, inside a hash both. Of a planned variant: the bytes of all tables together.
     */
    sameBytesAs: z.string().optional(),
  })
  .refine(({ tables, plan }) => (tables === undefined) !== (plan === undefined), {
    message: 'must have either tables or plan',
  })
  .refine(
    ({ plan, sameBytesAs }) =>
      plan === undefined || (plan.bytes === undefined) !== (sameBytesAs === undefined),
    { message: 'must have either bytes or, beside it, sameBytesAs', path: ['plan'] },
  );

/** The same training, on the same rows in the same order, with different tables. */
export const compareConfigSchema = z
  .strictObject({
    ...trainFields,
    variants: z.array(variantSchema).min(1).superRefine(requireDifferentFolders),
  })
  .superRefine(checkTables);

/** Names that differ by case alone are one folder on some systems. */
function requireDifferentFolders(
  variants: readonly { readonly name: string }[],
  context: z.RefinementCtx,
): void {
  const seen = new Map<string, string>();
  variants.forEach(({ name }, v) => {
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (other === undefined || other === name) return;
    const message = `must differ from "${other}" by more than upper and lower case`;
    context.addIssue({ code: 'custom', message, path: [v, 'name'], input: name });
  });
}

export type CompareConfig = z.infer<typeof compareConfigSchema>;
export type Variant = CompareConfig['variants'][number];
