import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Tensor } from '@ttrec/tensor-files/safetensors';
import { Dlrm } from '@ttrec/dlrm';
import { goldenBatch, goldenCases, scaledError, type GoldenDlrm } from '@ttrec/golden';
import { readDlrm, torchState } from '@ttrec/interop';
import { describe, expect, test } from 'vitest';
import { fileOf, floats, formats } from './tensor-file.ts';

/** float32 arithmetic through four or five small layers: 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

describe.each(goldenCases<GoldenDlrm>('dlrm'))('DLRM of PyTorch, $name', (golden) => {
  const batch = goldenBatch(golden);

  test.each(formats)('its probabilities, from a %s file of its names', async (format) => {
    const { model } = await load(stateOf(golden), format);
    expect(scaledError(await model.predict(batch), golden.probabilities)).toBeLessThan(TOLERANCE);
    expect(model.config.interaction).toEqual({ kind: 'dot', selfInteraction: golden.interactItself });
  });

  test('the same tensors go back under the same names, to the bit', async () => {
    const tensors = stateOf(golden);
    const { model } = await load(tensors, 'safetensors');
    const sources = torchState(model);
    const written = await Promise.all(
      sources.map(async ({ name, shape, data }) =>
        floats(name, shape, typeof data === 'function' ? await data() : data),
      ),
    );
    const byName = (a: Tensor, b: Tensor) => (a.name < b.name ? -1 : 1);
    expect([...written].sort(byName)).toEqual([...tensors].sort(byName));
  });
});

async function load(tensors: Tensor[], format: (typeof formats)[number]) {
  const backend = createCpuBackend();
  const { config, state, ignored } = await readDlrm(await fileOf(tensors, format));
  expect(ignored).toEqual([]);
  const model = new Dlrm({ backend, ...config });
  await model.loadState(state);
  return { backend, model };
}

function stateOf({ weights, tables, embeddingDim, bottomMlp, topMlp }: GoldenDlrm): Tensor[] {
  return Object.entries(weights).map(([name, values]) => {
    const [part, place, what] = name.split('.') as [string, string, string];
    if (part === 'emb_l') return floats(name, [tables[Number(place)]!, embeddingDim], values);
    const sizes = part === 'bot_l' ? bottomMlp : topMlp;
    const layer = Number(place) / 2;
    const outputs = sizes[layer + 1]!;
    return floats(name, what === 'bias' ? [outputs] : [outputs, values.length / outputs], values);
  });
}
