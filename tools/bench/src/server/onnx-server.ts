// A server around onnxruntime-node, as one is written with Fastify: node onnx-server.ts MODEL.onnx. It takes the tensors of the Open
// Inference Protocol in JSON, and prints its address.

import { readFileSync } from 'node:fs';
import { onnxRuntime, type OnnxValue } from '@ttrec/onnxruntime';
import fastify from 'fastify';

interface Body {
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: 'FP32' | 'INT64';
    readonly shape: readonly number[];
    readonly data: readonly number[];
  }[];
}

const { InferenceSession, Tensor } = onnxRuntime()!;
// One thread a run is the fastest for a model of this size; runs overlap.
const session = await InferenceSession.create(readFileSync(process.argv[2]!), {
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});

const app = fastify({ bodyLimit: 2 ** 24 });
app.post<{ Body: Body }>('/infer', async ({ body }) => {
  const feeds: Record<string, OnnxValue> = {};
  for (const { name, datatype, shape, data } of body.inputs) {
    feeds[name] =
      datatype === 'FP32'
        ? new Tensor('float32', Float32Array.from(data), shape)
        : new Tensor('int64', BigInt64Array.from(data, BigInt), shape);
  }
  const { logits } = await session.run(feeds);
  const data = Array.from(logits!.data as Float32Array);
  return {
    model_name: 'clicks',
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [data.length], data }],
  };
});
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
