import { deflateRawSync } from 'node:zlib';
import { bytesSource, openTorchFrom } from '@ttrec/tensor-files';
import { decodeSafetensors, encodeSafetensors } from '@ttrec/tensor-files/safetensors';
import { isTtrecError, RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { allocatedBy } from './allocated.ts';
import { zip } from './hand-made-zip.ts';
import { edited, overwritten } from './mutations.ts';
import { joined } from './raw-file.ts';
import { refusal } from './refusal.ts';
import { tensorPickle, torchFile } from './torch-file.ts';

/** Everything is collected before each, which takes ten milliseconds: the fuzz tests have the numbers. */
const ROUNDS = 100;

/** Of whatever file, for objects, errors with their stacks, and streams: 99 of 100 files take less than 100 kB beside their bytes. */
const SLACK = 256 * 1024;

/** Memory over the bytes of a file. A reader that keeps its promise takes a copy of the tensors and one of what it parses. */
const COPIES = 3;
/** What an entry packed with DEFLATE may inflate to, over its bytes. */
const INFLATION = 100;

const stream = new RandomStream(20261125, 'test/hostile-memory');
const noise = Uint8Array.from({ length: 256 * 1024 }, () => stream.nextInteger(256));
const elements = noise.length / 4;

const safetensors = joined(
  encodeSafetensors(
    [
      { name: 'weight', dtype: 'F32', shape: [elements / 128, 128], data: new Float32Array(noise.buffer) },
      { name: 'flags', dtype: 'U8', shape: [40], data: noise.slice(0, 40) },
    ],
    { step: '12' },
  ),
);
const torchPickle = tensorPickle({ length: elements, shape: [elements / 128, 128], strides: [128, 1] });
const torch = await torchFile(torchPickle, { 'archive/data/0': noise });
const repeated = await torchFile(tensorPickle({ shape: [20_000, 1000], strides: [0, 0] }), {
  'archive/data/0': noise.slice(0, 24),
});
const packed = zip([
  { name: 'archive/data.pkl', data: torchPickle, method: 8 },
  { name: 'archive/data/0', data: noise, method: 8 },
]);

/** Everything of a file, or the code with which it was refused. */
async function outcomeOf(read: () => unknown): Promise<string> {
  try {
    await read();
    return 'valid';
  } catch (cause) {
    if (isTtrecError(cause)) return cause.code;
    throw cause;
  }
}

async function readTorch(file: Uint8Array): Promise<void> {
  const opened = await openTorchFrom(bytesSource(file));
  for (const name of [...opened.tensors.keys(), ...opened.unreadable.keys()]) await opened.read(name);
}

interface Measured {
  readonly outcome: string;
  readonly bytes: number;
}

/** What reading a file took; measured once more if it is above `most`, since what is compiled on the way is so only once. */
async function memoryFor(read: () => unknown, most: number): Promise<Measured> {
  let outcome = '';
  const go = () =>
    allocatedBy(async () => {
      outcome = await outcomeOf(read);
    });
  const first = await go();
  return { outcome, bytes: first <= most ? first : await go() };
}

/** Places where a mutation changes what the file says of itself, and not the numbers in it. */
function outsideOf(file: Uint8Array, inside: Uint8Array): number[] {
  const start = Buffer.from(file).indexOf(inside);
  return [...file.keys()].filter((at) => start < 0 || at < start || at >= start + inside.length);
}

const formats: [string, Uint8Array, Uint8Array, number, (file: Uint8Array) => unknown][] = [
  ['safetensors', safetensors, noise, COPIES, (file) => decodeSafetensors(file)],
  ['torch.save', torch, noise, COPIES, readTorch],
  ['torch.save, packed', packed, deflateRawSync(noise), COPIES + INFLATION, readTorch],
];

describe.each(formats)('%s', (_, original, numbers, times, read) => {
  test(`${ROUNDS} mutated files take at most ${times} times their bytes`, async () => {
    const places = outsideOf(original, numbers);
    expect(places.length).toBeLessThan(1000);
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const file = round % 4 === 0 ? edited(original, stream) : overwritten(original, places, stream);
      const most = times * file.length + SLACK;
      const { outcome, bytes } = await memoryFor(() => read(file), most);
      expect(bytes, outcome).toBeLessThanOrEqual(most);
      seen.add(outcome);
    }
    // Some are read to their end, and others refused at several depths.
    expect(seen).toContain('valid');
    expect(seen.size).toBeGreaterThan(5);
  });
});

test('sees memory that is taken and dropped at once', async () => {
  const dropped = await allocatedBy(() => new Uint8Array(4e6).fill(1).length);
  expect(dropped).toBeGreaterThan(3.9e6);
  expect(await allocatedBy(() => Array.from({ length: 1e5 }, (_, i) => ({ i })).length)).toBeGreaterThan(1e6);
});

describe('files that claim much in few bytes are refused before memory is taken', () => {
  const claim = (header: string) => {
    const bytes = new TextEncoder().encode(header);
    return joined([new Uint8Array(BigUint64Array.of(BigInt(bytes.length)).buffer), bytes]);
  };
  const entry = (bytes: number) =>
    zip([{ name: 'archive/data.pkl', data: new Uint8Array(9), method: 8, bytes }]);

  test.each<[string, Uint8Array, (file: Uint8Array) => unknown, string]>([
    [
      'a tensor of a terabyte',
      claim('{"a":{"dtype":"F32","shape":[274877906944],"data_offsets":[0,1099511627776]}}'),
      (file) => decodeSafetensors(file),
      'truncated-data',
    ],
    [
      'a header of 90 MB',
      new Uint8Array(BigUint64Array.of(90_000_000n).buffer),
      (file) => decodeSafetensors(file),
      'truncated-header',
    ],
    ['a tensor that repeats one number', repeated, readTorch, 'bad-strides'],
    ['an entry that inflates to 4 GB', entry(0xfffffff0), readTorch, 'zip-bomb'],
    [
      'an entry of zeros, packed a thousandfold',
      zip([{ name: 'archive/data.pkl', data: new Uint8Array(8e6), method: 8 }]),
      readTorch,
      'zip-bomb',
    ],
  ])('%s', async (_, file, read, code) => {
    await expect(async () => read(file)).rejects.toThrow(refusal(code));
    const most = COPIES * file.length + SLACK;
    expect((await memoryFor(() => read(file), most)).bytes).toBeLessThanOrEqual(most);
  });

  test('names that repeat one long key at every depth', async () => {
    const file = await torchFile(repeatedKeys(20_000, 25, 300));
    await expect(readTorch(file)).rejects.toThrow(refusal('pickle-limit', 'names'));
    // As many letters as the pickle's bytes at each of 32 depths, two bytes a letter at the most.
    const most = 64 * file.length + SLACK;
    expect((await memoryFor(() => readTorch(file), most)).bytes).toBeLessThanOrEqual(most);
  });
});

/** `{key: {key: … {0: 1, 1: 1, …}}}`, the key written once: names of `depth` times its length, one for each of `leaves`. */
function repeatedKeys(keyLength: number, depth: number, leaves: number): Uint8Array {
  const key = Buffer.alloc(5);
  key.write('X');
  key.writeUInt32LE(keyLength, 1);
  const first = [Buffer.from('\x80\x02}', 'latin1'), key, Buffer.alloc(keyLength, 'k'), Buffer.from('q\0')];
  const deeper = Array.from({ length: depth - 1 }, () => Buffer.from('}h\0'));
  const items = Array.from({ length: leaves }, (_, i) => Buffer.from([0x4d, i & 255, i >> 8, 0x4b, 1]));
  const closing = Buffer.from(`u${'s'.repeat(depth)}.`);
  return Buffer.concat([...first, ...deeper, Buffer.from('}('), ...items, closing]);
}
