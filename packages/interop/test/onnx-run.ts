import { onnxRuntime, type OnnxSession, type OnnxSessionOptions, type OnnxValue } from '@ttrec/onnxruntime';

/** Undefined where onnxruntime is not installed. */
export const runtime = onnxRuntime();

/** The ids of one feature: integers of any size and sign, as a caller of the runtime may pass them. */
export interface OnnxBags {
  readonly indices: Iterable<number | bigint>;
  readonly offsets: Iterable<number | bigint>;
}

export async function openOnnx(model: Uint8Array, options?: OnnxSessionOptions): Promise<OnnxSession> {
  return runtime!.InferenceSession.create(model, options);
}

/** @param dense [B, denseFeatures], of a model that has any */
export async function runOnnx(
  session: OnnxSession,
  features: Readonly<Record<string, OnnxBags>>,
  dense?: { readonly data: Float32Array; readonly dims: readonly number[] },
): Promise<{ probabilities: OnnxValue; logits: OnnxValue }> {
  const feeds: Record<string, OnnxValue> = {};
  if (dense !== undefined) feeds['dense'] = new runtime!.Tensor('float32', dense.data, dense.dims);
  for (const [name, bags] of Object.entries(features)) {
    feeds[`${name}.indices`] = integers(bags.indices);
    feeds[`${name}.offsets`] = integers(bags.offsets);
  }
  const { probabilities, logits } = await session.run(feeds);
  return { probabilities: probabilities!, logits: logits! };
}

function integers(values: Iterable<number | bigint>): OnnxValue {
  const data = BigInt64Array.from([...values], BigInt);
  return new runtime!.Tensor('int64', data, [data.length]);
}
