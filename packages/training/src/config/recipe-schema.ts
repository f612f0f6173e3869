import { isTtrecError } from '@ttrec/core';
import { optimizerRules } from '@ttrec/embeddings';
import { checkOptimizer } from '@ttrec/embeddings/model';
import { z } from 'zod';

const positiveInteger = z.int().min(1);
const fromZero = z.number().min(0);
const belowOne = fromZero.lt(1);

/** `OptimizerConfig` of @ttrec/embeddings, as JSON. */
const optimizer = z
  .strictObject({
    rule: z.enum(optimizerRules),
    epsilon: z.number().positive().optional(),
    beta1: belowOne.optional(),
    beta2: belowOne.optional(),
    l1: fromZero.optional(),
    l2: fromZero.optional(),
    weightDecay: fromZero.optional(),
  })
  .superRefine((config, context) => {
    try {
      checkOptimizer(config);
    } catch (thrown) {
      if (!isTtrecError(thrown)) throw thrown;
      const { subject, rule, got } = thrown.parts;
      context.addIssue({
        code: 'custom',
        message: rule,
        path: [subject.replace('optimizer ', '')],
        input: got,
      });
    }
  });

/** `ModelOptimizer` of @ttrec/dlrm. */
export const optimizerSchema = z.strictObject({
  embeddings: optimizer.default({ rule: 'adagrad' }),
  dense: optimizer.default({ rule: 'adagrad' }),
  /** Of the wide term; that of the tables by default. */
  wide: optimizer.optional(),
  /** The largest norm of all gradients of a step together. */
  clipNorm: z.number().positive().optional(),
});

const schedule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('constant'),
    rate: z.number().positive(),
    warmup: z.int().min(0).optional(),
  }),
  z.strictObject({
    kind: z.enum(['cosine', 'linear']),
    rate: z.number().positive(),
    steps: positiveInteger,
    final: z.number().min(0).optional(),
    warmup: z.int().min(0).optional(),
  }),
  z.strictObject({
    kind: z.literal('steps'),
    rate: z.number().positive(),
    every: positiveInteger,
    factor: z.number().positive(),
    warmup: z.int().min(0).optional(),
  }),
]);

const rate = z.union([z.number().positive(), schedule]);

/** One rate for all parts of a model, or one for each; constant or by the step. */
export const learningRateSchema = z.union([
  z.number().positive(),
  schedule,
  z.strictObject({ embeddings: rate, dense: rate, wide: rate.optional() }),
]);

const averagingFields = { start: z.int().min(0).optional(), every: positiveInteger.optional() };

/** `AveragingConfig`. */
export const averagingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mean'), ...averagingFields }),
  z.strictObject({ kind: z.literal('ema'), decay: belowOne.optional(), ...averagingFields }),
]);

/** `InteractionConfig` of @ttrec/dlrm. */
export const interactionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dot'), selfInteraction: z.boolean().default(false) }),
  z.strictObject({ kind: z.literal('cat') }),
  z.strictObject({
    kind: z.literal('dcn'),
    layers: positiveInteger.optional(),
    rank: positiveInteger.optional(),
  }),
  z.strictObject({ kind: z.literal('fm') }),
]);
