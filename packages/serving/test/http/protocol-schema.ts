import { z } from 'zod';

// The messages of the Open Inference Protocol (REST, version 2) and of three extensions of Triton, written from the specifications. Objects
// are strict where the specification lists all their fields.

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
type TensorData = (TensorData | number | string | boolean)[];
const tensorData: z.ZodType<TensorData> = z.lazy(() =>
  z.array(z.union([z.number(), z.string(), z.boolean(), tensorData])),
);
const integer = z.number().int();
const datatype = z.enum([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
]);
const tensorMetadata = z.strictObject({ name: z.string(), datatype, shape: z.array(integer.min(-1)) });
const duration = z.strictObject({ count: integer.min(0), ns: integer.min(0) });
const computing = { compute_input: duration, compute_infer: duration, compute_output: duration };

export const schemas = {
  serverMetadata: z.strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
  live: z.looseObject({ live: z.boolean() }),
  modelReady: z.strictObject({ name: z.string(), ready: z.boolean() }),
  modelMetadata: z.strictObject({
    name: z.string(),
    versions: z.array(z.string()).optional(),
    platform: z.string(),
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
  }),
  inferRequest: z.strictObject({
    id: z.string().optional(),
    parameters: parameters.optional(),
    inputs: z.array(
      z.strictObject({
        name: z.string(),
        shape: z.array(integer.min(0)),
        datatype,
        parameters: parameters.optional(),
        data: tensorData,
      }),
    ),
    outputs: z.array(z.strictObject({ name: z.string(), parameters: parameters.optional() })).optional(),
  }),
  inferResponse: z.strictObject({
    model_name: z.string(),
    model_version: z.string().optional(),
    id: z.string(),
    parameters: parameters.optional(),
    outputs: z.array(
      z.strictObject({
        name: z.string(),
        shape: z.array(integer.min(0)),
        datatype,
        parameters: parameters.optional(),
        data: tensorData,
      }),
    ),
  }),
  error: z.looseObject({ error: z.string().min(1) }),
  repositoryIndex: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string().optional(),
      state: z.string(),
      reason: z.string(),
    }),
  ),
  statistics: z.strictObject({
    model_stats: z.array(
      z.strictObject({
        name: z.string(),
        version: z.string().optional(),
        last_inference: integer,
        inference_count: integer,
        execution_count: integer,
        inference_stats: z.strictObject({ success: duration, fail: duration, queue: duration, ...computing }),
        batch_stats: z.array(z.strictObject({ batch_size: integer, ...computing })),
      }),
    ),
  }),
  v1Predict: z.strictObject({ predictions: z.array(z.number()) }),
};
