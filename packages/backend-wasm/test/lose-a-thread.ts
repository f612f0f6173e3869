/**
 * A process of its own, because its main thread waits: starts two threads, has the following one end in the manner that it
 * is told, and prints what the stream says of it. `node lose-a-thread.ts MANNER`
 */
import { wholeBlock } from '@ttrec/backend';
import { isTtrecError } from '@ttrec/core';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { createForced } from '../src/create-wasm-backend.ts';

/** What a following thread does in the place of its first part; the leading one computes. */
const manners: Readonly<Record<string, string>> = {
  exit: 'process.exit(7)',
  // Little by little: where a single large object passes the limit, Node ends the whole process.
  'out of memory': 'for (let all; ; ) all = { all }',
  throw: 'throw new Error("no kernel")',
  'killed by the page': 'for (;;);',
  'killed while idle': 'throw new Error("not to be reached")',
};
const manner = process.argv[2]!;

const prelude = `
  let role;
  require('node:worker_threads').parentPort.once('message', (assignment) => (role = assignment.role));
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const { exports } = await instantiate(...args);
    const ending = (kernel) => (...numbers) => {
      if (role === 'lead') return kernel(...numbers);
      ${manners[manner]!};
    };
    return { exports: Object.fromEntries(Object.entries(exports).map(([name, kernel]) => [name, ending(kernel)])) };
  };`;

const workers: Worker[] = [];
class EndingWorker extends Worker {
  constructor(source: string, options: WorkerOptions) {
    super(prelude + source, { ...options, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    workers.push(this);
  }
}
const getBuiltinModule = process.getBuiltinModule.bind(process);
Object.assign(process, {
  getBuiltinModule: (name: string) =>
    name === 'node:worker_threads' ? { Worker: EndingWorker } : getBuiltinModule(name),
});

const backend = await createForced({ threads: 2 }, { mayWait: manner !== 'killed by the page' });
const square = (label: string) => backend.createBuffer({ dtype: 'float32', rows: 500, cols: 500, label });
const [a, out] = [square('a'), square('out')];
if (manner === 'killed while idle') await workers[0]!.terminate();
// More than one: the leading thread may have taken all parts of a product before the other one wakes.
for (let i = 0; i < 500; i++) backend.matmul({ a: wholeBlock(a), b: wholeBlock(a), out: wholeBlock(out) });
if (manner === 'killed by the page') setTimeout(() => void workers[1]!.terminate(), 100);
const thrown = await backend.read(out).catch((reason: unknown) => reason);
console.log(isTtrecError(thrown) ? `${thrown.code}: ${thrown.message}` : thrown);
await backend.dispose();
