import { spawnSync } from 'node:child_process';
import { openSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { encodeSafetensors, openSafetensors, streamTorch, type Tensor } from '@ttrec/tensor-files';
import { encodeNpy } from '@ttrec/tensor-files/npy';
import { loadTable } from '@ttrec/embeddings/compress';
import { expect, test } from 'vitest';
import { compress, type CompressFlags } from '../src/commands/compress.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const [numRows, numCols] = [900, 8];
/** Two waves along the rows: a tensor train of low rank. */
const rows = Float32Array.from({ length: numRows * numCols }, (_, at) => {
  const [row, column] = [Math.floor(at / numCols), at % numCols];
  return Math.sin(row / 40) * (column + 1) + Math.cos(row / 90 + column);
});

interface CompressRecord {
  readonly file: string;
  readonly runFolder: string;
  readonly config: { readonly kind: string };
  readonly bytes: number;
  readonly relativeError: number;
  readonly weightedRelativeError?: number;
  readonly deciles: readonly {
    readonly rows: number;
    readonly share: number;
    readonly relativeError: number;
  }[];
  readonly fineTuned?: { readonly steps: number };
}

function write(name: string, chunks: Iterable<Uint8Array>): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([...chunks]));
  return path;
}

const table: Tensor<'F32'> = { name: 'item.weight', dtype: 'F32', shape: [numRows, numCols], data: rows };
const bias: Tensor<'F32'> = { name: 'bias', dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) };
const other: Tensor<'F32'> = { ...table, name: 'user.weight' };

async function compressed(...args: string[]): Promise<CompressRecord> {
  const { code, stdout, stderr } = await ttrec('compress', ...args, '--json');
  expect(stderr).not.toMatch(/^\[/m);
  expect(code).toBe(0);
  return JSON.parse(stdout) as CompressRecord;
}

/** The rows that a written table gives at run time. */
async function rowsAtRunTime(path: string): Promise<Float32Array> {
  const file = await openSafetensors(path);
  const bag = await loadTable(file, { backend: createCpuBackend() });
  await file.close();
  return bag.toDense();
}

function relativeError(near: Float32Array, weightOf: (row: number) => number = () => 1): number {
  let [distance, norm] = [0, 0];
  rows.forEach((value, at) => {
    const weight = weightOf(Math.floor(at / numCols));
    distance += weight * (value - near[at]!) ** 2;
    norm += weight * value ** 2;
  });
  return Math.sqrt(distance / norm);
}

test.concurrent.each([['tt'], ['hash'], ['int8']])(
  'a safetensors table becomes a file of kind %s that loads',
  async (kind) => {
    const input = write(`model-${kind}.safetensors`, encodeSafetensors([table, bias]));
    const record = await compressed(input, '--table', 'item', '--kind', kind, '--bytes', '12kB');
    expect(record.config.kind).toBe(kind);
    expect(record.bytes).toBeLessThanOrEqual(12_000);
    expect(record.file).toBe(join(folder, `model-${kind}.item.safetensors`));
    const near = await rowsAtRunTime(record.file);
    expect(relativeError(near)).toBeCloseTo(record.relativeError, 5);
    // Eight bits, or a train of more rank than two waves have; some 370 buckets of 900 rows are far away.
    if (kind !== 'hash') expect(record.relativeError).toBeLessThan(0.02);
  },
);

test.concurrent('a state dictionary of PyTorch is read too', async () => {
  const path = join(folder, 'state.pt');
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamTorch([table, bias])) chunks.push(chunk);
  writeFileSync(path, Buffer.concat(chunks));
  const record = await compressed(path, '--config', '{"kind":"dense"}');
  expect(record).toMatchObject({ relativeError: 0, bytes: 4 * numRows * numCols });
  expect(await rowsAtRunTime(record.file)).toEqual(rows);
});

test('a table of a run becomes a run that is tested and trained on', async () => {
  const config = writeConfig(folder, 'run.json', tinyConfig({ data: { cardinalities: [50, 2000, 7] } }));
  const [run, small] = [join(folder, 'run'), join(folder, 'small')];
  expect((await ttrec('train', config, '--out', run)).code).toBe(0);
  const record = await compressed(run, '--table', 'C2', '--kind', 'tt', '--bytes', '3kB', '--out', small);
  expect(record).toMatchObject({ runFolder: small, table: 'C2', config: { kind: 'tt' } });
  expect(record.weightedRelativeError).toBeGreaterThan(0);
  const tested = await ttrec('evaluate', small, '--json');
  expect(tested.code).toBe(0);
  expect(JSON.parse(tested.stdout)).toMatchObject({ test: { logLoss: expect.any(Number) as number } });
  const further = await ttrec('train', '--resume', small, '--epochs', '3', '--json');
  expect(further).toMatchObject({ code: 0 });
  expect(JSON.parse(further.stdout)).toMatchObject({ steps: 60 });
});

/** Compresses `path` in a process of its own, and returns the most memory that it held, in bytes. */
function peakMemory(path: string): number {
  const command = new URL('../src/commands/compress.ts', import.meta.url).href;
  const code = `
    const { compress } = await import(${JSON.stringify(command)});
    await compress(${JSON.stringify(path)}, { config: { kind: 'tt', ranks: 8 }, out: ${JSON.stringify(`${path}.out`)} });
    console.log('peak', process.resourceUsage().maxRSS);`;
  const args = ['--conditions=@ttrec/source', '--input-type=module', '-e', code];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const peak = /^peak (\d+)$/m.exec(stdout);
  if (peak === null) throw new Error(stderr);
  return 1024 * Number(peak[1]);
}

/** Rows of 64 numbers that a train of low rank holds. */
function writeMatrix(name: string, count: number): string {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  const [header] = encodeNpy({
    dtype: 'F32',
    shape: [count, 64],
    data: new Float32Array(0),
  }) as Iterable<Uint8Array>;
  writeSync(file, header!);
  const block = new Float32Array(64 * 10_000);
  for (let start = 0; start < count; start += 10_000) {
    const part = block.subarray(0, 64 * Math.min(10_000, count - start));
    part.forEach((_, at) => (part[at] = Math.sin((start + Math.floor(at / 64)) / 5000) * (at % 64)));
    writeSync(file, part);
  }
  closeSync(file);
  return path;
}

test('a table is never held: compressing it takes less memory than it has bytes', () => {
  const count = 600_000;
  // The runtime and what it compiles, by a table of next to nothing.
  const around = peakMemory(writeMatrix('tiny.npy', 1000));
  expect(peakMemory(writeMatrix('large.npy', count)) - around).toBeLessThan(4 * 64 * count);
});

test.concurrent.each<[string[], string]>([
  [['--config', '{"kind":"tt","rank":4}'], 'Did you mean "ranks"?'],
  [['--config', '{'], 'It must be JSON, got a syntax error'],
])('refuses the usage %j', async (args, words) => {
  const ended = await ttrec('compress', 'any.npy', ...args);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(words);
});

const dense = { kind: 'dense' } as const;

test.each<[CompressFlags, string, string]>([
  [{ bytes: 1000, config: dense }, 'trainer/bad-compress', 'needs either --bytes'],
  [{ config: dense, kind: ['tt'] }, 'trainer/bad-compress', '--kind: goes with --bytes'],
  [{ bytes: 1000, table: 'itm' }, 'trainer/no-such-table', 'item.weight, user.weight, got itm'],
  [{ bytes: 1000 }, 'trainer/no-such-table', 'got nothing'],
  [{ bytes: 16, table: 'item' }, 'planner/budget-too-small', '--bytes: must be at least'],
  [
    { bytes: 1000, table: 'item', weights: 'two.npy' },
    'planner/bad-counts',
    'one count for each of the 900 rows, got 2',
  ],
  [
    { config: dense, table: 'item', weights: 'two.npy' },
    'embeddings/bad-row-weights',
    'one for each of 900 rows',
  ],
  [{ config: dense, table: 'item', weights: 'matrix.npy' }, 'trainer/bad-weights', 'one list of integers'],
])('refuses %j', async (flags, code, words) => {
  const input = write('both.safetensors', encodeSafetensors([table, other, bias]));
  write('two.npy', encodeNpy({ dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }));
  write('matrix.npy', encodeNpy({ dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 2) }));
  const weights = flags.weights === undefined ? {} : { weights: join(folder, flags.weights) };
  await expect(compress(input, { ...flags, ...weights })).rejects.toThrow(refusal(code, words));
});

test('names a file of another format, and a table whose numbers cannot be read', async () => {
  const gguf = join(folder, 'model.gguf');
  writeFileSync(gguf, Buffer.from('GGUF'.padEnd(64, '\x03')));
  await expect(compress(gguf, { bytes: 1000 })).rejects.toThrow(
    refusal('tensor-files/not-safetensors', 'a GGUF file of llama.cpp'),
  );
  const header = JSON.stringify({ 'item.weight': { dtype: 'F4', shape: [2, 2], data_offsets: [0, 2] } });
  const file = Buffer.concat([Buffer.alloc(8), Buffer.from(header), Buffer.alloc(2)]);
  file.writeUInt8(header.length);
  const path = join(folder, 'four-bits.safetensors');
  writeFileSync(path, file);
  await expect(compress(path, { bytes: 1000, table: 'item' })).rejects.toThrow(
    refusal('tensor-files/unknown-dtype', 'tensor "item.weight": dtype must be'),
  );
});

test('refuses files that hold no table', async () => {
  const text = join(folder, 'rows.csv');
  writeFileSync(text, 'a,b\n1,2\n');
  await expect(compress(text, { bytes: 1000 })).rejects.toThrow(
    refusal('trainer/unknown-format', 'must be a run folder, or end in'),
  );
  const integers = write(
    'ids.npy',
    encodeNpy({ dtype: 'I32', shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) }),
  );
  await expect(compress(integers, { bytes: 1000 })).rejects.toThrow(
    refusal('trainer/not-floats', 'must hold F64, F32, F16, BF16, got I32'),
  );
});

function refusal(code: string, words: string): Error {
  return expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error;
}
