import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { useChromium } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import type * as Entry from './same-bits.page.ts';
import { trainedBits } from './trained-bits.ts';

const chromium = useChromium();
const native = await nativeBackendFactory.availability();

test.each(['sgd', 'adagrad'] as const)(
  '50 steps of %s in a page leave the bits of Node, in WebAssembly and in native code',
  async (rule) => {
    const page = await chromium.open<typeof Entry>({
      entry: new URL('./same-bits.page.ts', import.meta.url),
    });
    const inPage = await page.call('bitsOf', rule);
    await page.close();
    await using backend = native.available
      ? await createNativeBackend()
      : await createWasmBackend({ simd: 'relaxed' });
    expect(await trainedBits(backend, rule)).toEqual(inPage);
  },
);
