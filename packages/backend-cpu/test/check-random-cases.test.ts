import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Backend } from '@ttrec/backend';
import { checkRandomCases, checkSameBits } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';

/** The reference, whose products are off by one part in `parts`. */
function offBy(parts: number): Backend {
  const backend = createCpuBackend();
  return {
    ...backend,
    matmul(args) {
      backend.matmul(args);
      const { buffer } = args.out;
      const data = backend.readSync!(buffer);
      backend.write(
        buffer,
        data.map((value) => value * (1 + 1 / parts)),
      );
    },
  };
}

test('the reference agrees with itself, and its buffers are freed', async () => {
  const backend = createCpuBackend();
  await checkRandomCases(backend, createCpuBackend(), { cases: 22 });
  await checkSameBits(backend, createCpuBackend(), { cases: 22, from: 22 });
  expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
});

test('more than rounding is found, with the name of the case', async () => {
  await expect(checkRandomCases(offBy(50), createCpuBackend(), { cases: 22 })).rejects.toMatchObject({
    code: 'testkit/bad-result',
    message: expect.stringMatching(/random case \d+, matmul: results must agree, got output 0 \[\d+\]/),
  });
});

test('a last bit is a difference where bits are promised, and none where rounding is allowed', async () => {
  const backend = offBy(2 ** 23);
  await checkRandomCases(backend, createCpuBackend(), { cases: 4 });
  await expect(checkSameBits(backend, createCpuBackend(), { cases: 22 })).rejects.toThrow('(other bits)');
});
