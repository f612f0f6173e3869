import { createCpuBackend } from '@ttrec/backend-cpu';
import { openRanker, type Ranker } from '@ttrec/serving';
import { rankerModel, type RequestModel, type RequestResult, type SentRequest } from '@ttrec/serving/http';
import { beforeAll, expect, test, vi } from 'vitest';
import { clickRows, temporaryFolder, trainedRun } from '../trained-run.ts';
import { tensor } from './served-run.ts';

const rows = clickRows(40);
const columns = ['age', 'price', 'user', 'item', 'tags'] as const;
const by = { name: 'clicks', version: 'v1' };
let ranker: Ranker;
let model: RequestModel;

beforeAll(async () => {
  ranker = await openRanker(await trainedRun(temporaryFolder()), { backend: createCpuBackend() });
  model = rankerModel(ranker);
});

const sent = (body: object): SentRequest => ({
  protocol: 'infer',
  body: new TextEncoder().encode(JSON.stringify({ outputs: [{ name: 'logits' }], ...body })),
});
const raw = (of: readonly (typeof rows)[number][], context: object = {}) =>
  sent({
    parameters: { broadcast: true },
    inputs: columns.map((name) =>
      name in context
        ? tensor(name, 'BYTES', [1], [(context as Record<string, unknown>)[name]])
        : tensor(
            name,
            'BYTES',
            [of.length],
            of.map((row) => row[name]),
          ),
    ),
  });
const tensors = (size: number) =>
  sent({
    inputs: [
      tensor(
        'dense',
        'FP32',
        [size, 2],
        Array.from({ length: 2 * size }, (_, i) => i / 8),
      ),
      ...['user', 'item', 'tags'].flatMap((name) => [
        tensor(
          `${name}.indices`,
          'INT64',
          [size],
          Array.from({ length: size }, (_, i) => i % 5),
        ),
        tensor(
          `${name}.offsets`,
          'INT64',
          [size + 1],
          Array.from({ length: size + 1 }, (_, i) => i),
        ),
      ]),
    ],
  });

const text = (result: RequestResult) =>
  'fault' in result ? result.fault.message : String(result.answer.body);
const outputsOf = (result: RequestResult) => (JSON.parse(text(result)) as { outputs: unknown }).outputs;

test('requests of all forms have, together, the bits that each has alone', async () => {
  const many = Array.from({ length: 9 }, (_, i) => `tag ${i}`).join('|');
  const requests = [
    raw(rows.slice(0, 7)),
    raw(rows.slice(7, 12), { user: 'user-3', age: '31' }),
    tensors(6),
    raw(rows.slice(12, 30), { item: 'item-4', tags: 'tag 1|tag 2' }),
    // A context of so many lookups is not repeated for every row.
    raw(rows.slice(12, 30), { tags: many }),
    raw(rows.slice(0, 1)),
    { protocol: 'predict', body: new TextEncoder().encode(JSON.stringify({ instances: rows.slice(3, 6) })) },
  ] satisfies SentRequest[];
  const alone = [];
  for (const request of requests) alone.push((await model.answer([request], by))[0]!);
  const spied = vi.spyOn(ranker, 'scoreEncoded');
  const together = await model.answer(requests, by);
  expect(spied.mock.calls.map(([{ size }]) => size)).toEqual([7 + 5 + 6 + 18 + 1 + 3, 18]);
  spied.mockRestore();
  expect(together.slice(0, -1).map(outputsOf)).toEqual(alone.slice(0, -1).map(outputsOf));
  expect(text(together.at(-1)!)).toBe(text(alone.at(-1)!));
  expect(new Set(together.map(text)).size).toBe(requests.length);
});

test('a bad request has its own error, and the others their scores', async () => {
  const requests = [
    raw(rows.slice(0, 3)),
    raw([{ ...rows[0]!, age: 'old' }]),
    sent({}),
    raw(rows.slice(3, 4)),
  ];
  const results = await model.answer(requests, by);
  const [first, bad, empty, last] = results.map(text);
  expect(bad).toContain('row 0, column age: must be a decimal number or empty, got old');
  expect(empty).toBe('[serving] inputs: is missing. It must be a list.');
  expect(
    [first, last].map((each) => (JSON.parse(each!) as { outputs: [{ data: number[] }] }).outputs[0].data),
  ).toEqual([
    [...(await ranker.score(rows.slice(0, 3))).logits],
    [...(await ranker.score(rows.slice(3, 4))).logits],
  ]);
});

test('what fails for another reason is reported, and scored alone where it can', async () => {
  const errors: unknown[] = [];
  const failing = rankerModel(ranker, (thrown) => void errors.push(thrown));
  const spied = vi
    .spyOn(ranker, 'scoreEncoded')
    .mockRejectedValueOnce(new Error('together'))
    .mockRejectedValueOnce(new Error('alone'));
  const results = await failing.answer([raw(rows.slice(0, 1)), raw(rows.slice(1, 2))], by);
  spied.mockRestore();
  expect(results).toMatchObject([{ fault: { status: 500, code: 'serving/internal' } }, { rows: 1 }]);
  expect(errors).toEqual([new Error('alone')]);
});
