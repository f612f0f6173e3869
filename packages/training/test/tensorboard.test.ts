import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '@ttrec/training/records';
import { TensorBoardWriter } from '@ttrec/training/run-folder';
import { afterAll, expect, test } from 'vitest';
import { scalarsEvent } from '../src/tensorboard/event-message.ts';
import { crc32c, recordFrame } from '../src/tensorboard/record-frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  // RFC 3720, section B.4.
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [new TextEncoder().encode('123456789'), 0xe3069283],
])('checksums are CRC-32C (%#)', (bytes, crc) => expect(crc32c(bytes)).toBe(crc));

test('a record is framed as in TFRecord files', () => {
  // Length, its masked checksum, content, its masked checksum (tensorflow/core/lib/io/record_writer.h).
  const length = Buffer.alloc(8);
  length.writeUInt32LE(3);
  const rotated = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const frame = Buffer.from(recordFrame(Buffer.from('abc')));
  expect(frame.subarray(0, 8)).toEqual(length);
  expect(frame.readUInt32LE(8)).toBe(rotated(crc32c(length)));
  expect(frame.subarray(12, 15).toString()).toBe('abc');
  expect(frame.readUInt32LE(15)).toBe(rotated(crc32c(Buffer.from('abc'))));
  expect(frame).toHaveLength(19);
});

test('a scalar is an event of TensorFlow, byte for byte', () => {
  // wall_time 1.5 (field 1, 64 bits), step 300 (field 2), summary (5) of a value (1) with tag "a" (1) and 0.25 (2, 32 bits).
  const hex = '09000000000000f83f' + '10ac02' + '2a0a0a08' + '0a0161' + '150000803e';
  expect(Buffer.from(scalarsEvent(1.5, 300, [{ tag: 'a', value: 0.25 }])).toString('hex')).toBe(hex);
});

interface Event {
  readonly step: number;
  readonly version: string | undefined;
  readonly starts: boolean;
  readonly scalars: Readonly<Record<string, number>>;
}

/** The fields of a message, by number: integers, or bytes. */
function fieldsOf(bytes: Buffer): [number, Buffer | number][] {
  const fields: [number, Buffer | number][] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) fields.push([key >> 3, varint()]);
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : varint();
      fields.push([key >> 3, bytes.subarray(at, (at += length))]);
    }
  }
  return fields;
}

/** Reads a file of events, and checks its checksums. */
function eventsIn(path: string): Event[] {
  const file = readFileSync(path);
  const events: Event[] = [];
  for (let at = 0; at < file.length;) {
    const length = file.readUInt32LE(at);
    const content = file.subarray(at + 12, at + 12 + length);
    expect(Buffer.from(recordFrame(content))).toEqual(file.subarray(at, at + 16 + length));
    at += 16 + length;
    const fields = new Map(fieldsOf(content));
    const summary = fields.get(5) as Buffer | undefined;
    const values =
      summary === undefined ? [] : fieldsOf(summary).map(([, value]) => new Map(fieldsOf(value as Buffer)));
    events.push({
      step: (fields.get(2) as number | undefined) ?? 0,
      version: fields.has(3) ? String(fields.get(3)) : undefined,
      starts: fields.has(7),
      scalars: Object.fromEntries(
        values.map((value) => [String(value.get(1)), (value.get(2) as Buffer).readFloatLE()]),
      ),
    });
  }
  return events;
}

test('the numbers of records are scalars by step, without those that are undefined', async () => {
  const writer = await TensorBoardWriter.open(join(folder, 'run'), 20);
  const records = [
    {
      type: 'train',
      step: 50,
      epoch: 0,
      samples: 6400,
      loss: 0.5,
      auc: null,
      samplesPerSecond: 1000,
      caches: { user: { hitRate: 0.75 } },
    },
    {
      type: 'validation',
      step: 50,
      epoch: 0,
      samples: 6400,
      best: true,
      metrics: { rows: 9, logLoss: 0.25, auc: 0.5 },
      ranking: { gauc: 0.75, k: 10 },
    },
    { type: 'final', steps: 60, test: { logLoss: 0.125, calibrationBins: [] }, tables: { bytes: 1024 } },
  ] as unknown as RunRecord[];
  for (const record of records) await writer.add(record);
  await writer.close();
  expect(readdirSync(join(folder, 'run'))).toEqual([
    expect.stringMatching(/^events\.out\.tfevents\.\d+\.\d+\.ttrec$/),
  ]);
  const none = { version: undefined, starts: false };
  expect(eventsIn(writer.path)).toEqual([
    { step: 0, version: 'brain.Event:2', starts: false, scalars: {} },
    { step: 20, version: undefined, starts: true, scalars: {} },
    {
      ...none,
      step: 50,
      scalars: {
        'train/loss': 0.5,
        'train/samplesPerSecond': 1000,
        'train/epoch': 0,
        'cache/user/hitRate': 0.75,
      },
    },
    {
      ...none,
      step: 50,
      scalars: {
        'validation/rows': 9,
        'validation/logLoss': 0.25,
        'validation/auc': 0.5,
        'validation/ranking/gauc': 0.75,
        'validation/ranking/k': 10,
      },
    },
    { ...none, step: 60, scalars: { 'test/logLoss': 0.125, 'tables/bytes': 1024 } },
  ]);
});
