import { auc, aucByFrequency } from '@ttrec/dlrm';
import { expect, test } from 'vitest';

const rows = 1000;
const frequencies = Array.from({ length: rows }, (_, i) => (i * 37) % 250);
const labels = Array.from({ length: rows }, (_, i) => Number((i * 13) % 7 < 2));
// Frequent ids are scored well, rare ones at random.
const scores = labels.map((label, i) => label * frequencies[i]! + ((i * 7919) % 101));

test('deciles have the AUC of their rows, and hold all rows once', () => {
  const bands = aucByFrequency(labels, scores, frequencies);
  expect(bands).toHaveLength(10);
  expect(bands.reduce((sum, band) => sum + band.rows, 0)).toBe(rows);
  for (const [b, { from, to, ...band }] of bands.entries()) {
    expect(from).toBeGreaterThan(bands[b - 1]?.to ?? -1);
    const own = labels.flatMap((_, i) => (frequencies[i]! >= from && frequencies[i]! <= to ? [i] : []));
    const ownLabels = own.map((i) => labels[i]!);
    expect(band).toEqual({
      rows: own.length,
      positives: ownLabels.filter((label) => label === 1).length,
      auc: auc(
        ownLabels,
        own.map((i) => scores[i]!),
      ),
    });
    expect(band.rows).toBe(100);
  }
  expect(bands[9]!.auc).toBeGreaterThan(bands[0]!.auc + 0.2);
});

test('rows of one frequency stay together', () => {
  const bands = aucByFrequency([0, 1, 0, 1, 1], [1, 2, 3, 4, 5], [7, 7, 7, 7, 9], { bands: 5 });
  expect(bands.map(({ from, to, rows: count, auc: own }) => [from, to, count, own])).toEqual([
    [7, 7, 4, 0.75],
    [9, 9, 1, NaN],
  ]);
});

test.each([
  [() => aucByFrequency([0, 1], [1, 2], [1]), '[dlrm] frequencies: must be as many as the 2 labels, got 1.'],
  [
    () => aucByFrequency([0, 1], [1, 2], [1, 1], { bands: 0 }),
    '[dlrm] bands: must be an integer from 1, got 0.',
  ],
])('wrong input is refused (%#)', (call, message) => expect(call).toThrow(message));
