import type { Backend, Capabilities } from '@ttrec/backend';
import { conformanceCases } from '@ttrec/testkit/backend';
import { wholeBlock } from '@ttrec/backend';
import { createWasmBackend, type WasmBackendOptions } from '@ttrec/backend-wasm';
import { isTtrecError } from '@ttrec/core';
import { createForced } from '../src/create-wasm-backend.ts';
import { OneAfterAnother } from '../test/one-after-another.ts';

/** Every kernel is cut, however little work it has. */
const CUT_ALL = { leastPart: 1e-9, leastChunk: 1e-9 };

/** What runs, or what creating it rejects with. */
export async function capabilities(options: WasmBackendOptions): Promise<Capabilities> {
  const backend = await createForced(options, CUT_ALL);
  await backend.dispose();
  return backend.capabilities;
}

/** Runs the whole suite; the names of the cases that held. */
export async function conformance(options: WasmBackendOptions): Promise<string[]> {
  const held: string[] = [];
  const cases = new OneAfterAnother(() => createForced(options, CUT_ALL));
  for (const each of conformanceCases) {
    try {
      await cases.run(each);
      held.push(each.name);
    } catch (thrown) {
      throw new Error(`${each.name}: ${String(thrown)}`, { cause: thrown });
    }
  }
  await cases.dispose();
  return held;
}

/** Bits of a product that is large enough for several threads. */
export async function productBits(options: WasmBackendOptions): Promise<Uint32Array> {
  const backend = await createForced(options, CUT_ALL);
  const [a, b, out] = [matrix(backend, 300, 200), matrix(backend, 200, 150), matrix(backend, 300, 150)];
  backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
  const { buffer } = await backend.read(out);
  await backend.dispose();
  return new Uint32Array(buffer);
}

function matrix(backend: Backend, rows: number, cols: number) {
  const buffer = backend.createBuffer({ dtype: 'float32', rows, cols, label: `${rows} x ${cols}` });
  backend.write(
    buffer,
    Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i + rows)),
  );
  return buffer;
}

/** How often the event loop came round between a stream's last kernel and the end of it. */
export async function turnsMeanwhile(options: WasmBackendOptions): Promise<number> {
  const backend = await createForced(options, CUT_ALL);
  const [a, b, out] = [matrix(backend, 1000, 1000), matrix(backend, 1000, 1000), matrix(backend, 1000, 1000)];
  for (let i = 0; i < 20; i++) backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
  let turns = 0;
  const timer = setInterval(() => {
    turns++;
  });
  await backend.sync();
  clearInterval(timer);
  await backend.dispose();
  return turns;
}

/** What a stream says when one of its workers, in the order of their start, is ended while it computes. */
export async function losing(which: number, options: WasmBackendOptions): Promise<string> {
  const { Worker } = globalThis;
  const workers: Worker[] = [];
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  };
  const backend = await createWasmBackend(options);
  globalThis.Worker = Worker;
  const [a, out] = [matrix(backend, 500, 500), matrix(backend, 500, 500)];
  // More than one: the leading thread may have taken all parts of a product before the other one wakes.
  for (let i = 0; i < 500; i++) backend.matmul({ a: wholeBlock(a), b: wholeBlock(a), out: wholeBlock(out) });
  setTimeout(() => workers[which]!.terminate(), 200);
  const thrown = await backend.sync().catch((reason: unknown) => reason);
  await backend.dispose();
  return isTtrecError(thrown) ? `${thrown.code}: ${thrown.message}` : String(thrown);
}
