import { gunzipSync, gzipSync } from 'node:zlib';
import { isTtrecError } from '@ttrec/core';
import { openDataset, readEncoding, sampleCsv, type DataConfig } from '@ttrec/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRows } from './batches.ts';
import { LABEL, lineOf } from './criteo-lines.ts';
import { bytesOf, csvConfig, csvText } from './encodings.ts';
import { fileOf } from './files.ts';

/** A sound file with stretches of it replaced, repeated or taken out, or packed and then damaged; or bytes alone. */
function damaged(sound: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(sound.length);
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc
      .constantFrom('\n', '\r', '"', '\t', ',', '\0', '\ufeff', '\u001b[2J', '1e999', '"\n"')
      .map((text) => Buffer.from(text)),
  );
  const edit = fc.tuple(place, fc.nat(40), junk, fc.integer({ min: 1, max: 300 }));
  const edited = fc.array(edit, { minLength: 1, maxLength: 5 }).map((edits) =>
    edits.reduce<Uint8Array>((bytes, [at, length, put, times]) => {
      const puts = Array.from({ length: times > 250 ? times : 1 }, () => put);
      return Buffer.concat([bytes.subarray(0, at), ...puts, bytes.subarray(at + length)]);
    }, sound),
  );
  return fc.oneof(
    { weight: 4, arbitrary: edited },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 2, arbitrary: edited.map((bytes) => gzipSync(bytes)) },
    { weight: 2, arbitrary: fc.tuple(edited, place).map(([bytes, at]) => gzipSync(bytes).subarray(0, at)) },
    {
      weight: 2,
      arbitrary: fc.tuple(place, fc.nat(255)).map(([at, byte]) => {
        const packed = gzipSync(sound);
        packed[at % packed.length] = byte;
        return packed;
      }),
    },
  );
}

/** Whatever comes of it, a message has no control characters and is short. */
async function endsWell(open: () => Promise<unknown>): Promise<void> {
  try {
    await open();
  } catch (thrown) {
    if (!isTtrecError(thrown)) throw thrown;
    expect(thrown.message).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(thrown.message.length).toBeLessThan(2500);
  }
}

const options = { numRuns: 150 };
const criteoText = Buffer.from(
  Array.from({ length: 30 }, (_, i) => lineOf({ [LABEL]: String(i % 2) })).join('\n'),
);

describe.each(['fail', 'skip'] as const)(
  'a damaged file opens, or is refused with a code (onBadLine: %s):',
  (onBadLine) => {
    test('csv', async () => {
      await fc.assert(
        fc.asyncProperty(damaged(Buffer.from(csvText)), async (bytes) => {
          const config = { ...csvConfig, onBadLine, path: fileOf(bytes) } as DataConfig;
          await endsWell(async () => readRows(await openDataset(config, { seed: 1 })));
          await endsWell(() => sampleCsv({ name: 'a.csv', bytes: new Blob([new Uint8Array(bytes)]) }));
        }),
        options,
      );
    });

    test.each([
      ['in memory', 1e9],
      ['streamed', 0],
    ])('criteo, %s', async (_, cacheBytes) => {
      await fc.assert(
        fc.asyncProperty(damaged(criteoText), async (bytes) => {
          const split = { by: 'random', test: 0.2 };
          const config = {
            format: 'criteo',
            ids: { kind: 'vocabulary' },
            split,
            onBadLine,
            cacheBytes,
            path: fileOf(bytes),
          };
          await endsWell(async () => readRows(await openDataset(config as DataConfig, { seed: 1 })));
        }),
        options,
      );
    });
  },
);

test('a damaged encoding is read, or refused with a code, and so are the rows that it encodes', async () => {
  const { encoding } = await openDataset(csvConfig, { seed: 1 });
  const sound = gunzipSync(await bytesOf(encoding!));
  await fc.assert(
    fc.asyncProperty(damaged(sound), async (bytes) => {
      await endsWell(async () => {
        const scoring = await readEncoding(fileOf(bytes));
        await readRows(await openDataset(csvConfig, { seed: 1, scoring }), 'test');
      });
    }),
    options,
  );
});
