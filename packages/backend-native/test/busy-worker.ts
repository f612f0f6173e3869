import { wholeBlock } from '@ttrec/backend';
import { createNativeBackend, type NativeBackendOptions } from '@ttrec/backend-native';
import { parentPort, workerData } from 'node:worker_threads';

/** Sends what the worker's products sum up to; with `forever`, says that it started and goes on. */
const { options, products, forever } = workerData as {
  readonly options: NativeBackendOptions;
  readonly products: number;
  readonly forever: boolean;
};
const backend = await createNativeBackend(options);
const matrix = (label: string) => backend.createBuffer({ dtype: 'float32', rows: 512, cols: 512, label });
const [a, b, out] = [matrix('a'), matrix('b'), matrix('out')];
for (const each of [a, b]) backend.fill({ out: wholeBlock(each), value: 0.5 });
if (forever) parentPort!.postMessage('started');
for (let i = 0; forever || i < products; i++) {
  backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
  // With a leading thread, calls return at once.
  if (i % 100 === 99) await backend.sync();
}
parentPort!.postMessage(Math.max(...(await backend.read(out))));
await backend.dispose();
