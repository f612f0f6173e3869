import {
  OWN_SIZE,
  type ArmComparison,
  type ArmResult,
  type ComparisonResults,
} from '@ttrec/training/compare';
import { expect, test } from 'vitest';
import { dataSets } from '../src/data-sets.ts';
import { quick, standard } from '../src/plan.ts';
import { renderResults } from '../src/report/render-results.ts';

function arm(name: string, budget: string, bytes: number, mean: number): ArmResult {
  const spread = { mean, low: mean - 0.001, high: mean + 0.001, values: [mean, mean] };
  const setting = { tableRate: 1, split: 0.5 };
  const rest = { logLoss: spread, validationAuc: spread, decileAucs: [], seconds: 90 };
  return { arm: name, budget, bytes, setting, auc: spread, ...rest };
}

function difference(budget: string, mean: number, verdict: ArmComparison['verdict']): ArmComparison {
  const rest = { deviation: 0, standardError: 0, p: 0, adjustedP: 0, equivalenceP: 1, rows: null };
  return { arm: 'tt', against: 'hash', budget, mean, low: mean, high: mean, verdict, ...rest };
}

const results: ComparisonResults = {
  type: 'comparison',
  name: 'taobao',
  settings: {
    arms: ['dense', 'hash', 'tt', 'tt-permuted'],
    budgets: [
      { label: '16x', ratio: 16 },
      { label: '118x', ratio: 118 },
    ],
    seeds: 2,
    vary: ['order', 'start'],
    trials: 1,
    regime: 'one-epoch',
    inFileOrder: false,
    baseline: 'hash',
    keepPredictions: false,
  },
  denseBytes: 5_000_000,
  testRows: 80_000,
  margin: 0.001,
  arms: [
    arm('dense', OWN_SIZE, 5_000_000, 0.742),
    arm('hash', '16x', 312_000, 0.65),
    { ...arm('hash', '118x', 42_000, 0.6), decileAucs: [0.5, ...new Array<null>(8).fill(null), 0.9] },
    arm('tt', '16x', 311_000, 0.737),
    { ...arm('tt', '118x', 42_000, 0.599), decileAucs: [0.6, ...new Array<null>(8).fill(null), 0.8] },
    arm('tt-permuted', '16x', 311_000, 0.66),
    arm('tt-permuted', '118x', 42_000, 0.59),
  ],
  comparisons: [difference('16x', 0.087, 'better'), difference('118x', -0.001, 'undecided')],
  unreachable: [],
  summary: { curves: [], crossover: null },
};

test('the answer says what the verdicts say, and the tables have every mean', async () => {
  const set = dataSets.find(({ name }) => name === 'taobao')!;
  const { markdown, plots } = await renderResults([{ set, results }], standard);
  const text = markdown.replaceAll(/\s+/g, ' ');
  for (const words of [
    'better than a hashed table in 1 of 2 cases of data set, regime and budget, worse in 0, similar in 0, and undecided in 1.',
    'Better: taobao 16x (+0.0870).',
    'Undecided at this number of seeds: taobao 118x (−0.0010).',
    'To the tensor train, ids in order of frequency instead of a random order were worth +0.0430 on taobao.',
    '| 118x | +0.1000 | – | – | – | – | – | – | – | – | −0.1000 |',
    'The highest mean of all single kinds was that of `tt` once, `hash` once.',
    '## taobao: one epoch, shuffled',
    '| dense | 0.7420 ± 0.0010 at 5.00 MB | |',
    '| tt | +0.0870 better | −0.0010 undecided |',
    '80,000 test rows',
    'Where a heading says one epoch, trainings have 250 steps:',
    'Not among these runs: planted (made-up clicks;',
  ])
    expect(text.replaceAll(/ +\|/g, ' |')).toContain(words);
  expect(plots.map(({ file }) => file)).toEqual(['taobao-one-epoch.svg']);
  expect(plots[0]!.svg).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(plots[0]!.svg).toContain('dense 0.7420');
  expect((await renderResults([{ set, results }], standard)).plots).toEqual(plots);
});

test('plans are compared with the best single kind at the same bytes, seed by seed', async () => {
  const set = dataSets.find(({ name }) => name === 'taobao')!;
  const ofSeeds = (name: string, values: readonly number[], chosen?: string): ArmResult => {
    const made = arm(name, '16x', 311_000, values.reduce((a, b) => a + b, 0) / values.length);
    return { ...made, auc: { ...made.auc!, values }, chosen };
  };
  const measured = {
    ...results,
    settings: { ...results.settings, measure: { trials: 9 } },
    arms: [
      ...results.arms.filter(({ budget }) => budget !== '16x'),
      ofSeeds('hash', [0.5, 0.5]),
      ofSeeds('sum', [0.71, 0.73]),
      ofSeeds('planned', [0.9, 0.94]),
      ofSeeds('measured', [0.7, 0.72], 'tt, same compression'),
    ],
  };
  const { markdown } = await renderResults([{ set, results: measured }], standard);
  const text = markdown.replaceAll(/\s+/g, ' ');
  // The same difference with both seeds has no error.
  expect(text).toMatch(
    /\| 16x \| `sum` \| \+0\.2000 ± 0\.12\d\d \| −0\.0100 ± 0\.0000 \| `tt, same compression` \|/,
  );
  expect(text).toContain(
    'The measured plan, chosen on validation rows, had the highest mean in 0 of 1 cases',
  );
  expect(text).toContain(
    'The instant plan, for which nothing is trained, had the highest mean in 1 of 1 cases',
  );
  expect(text).toContain('behind that kind in 1: taobao 16x (−0.0100).');
  expect(text).toContain('known only afterwards');
});

test('a rule that knows the other data sets is judged by each in turn', async () => {
  // Of kinds a and b, a is better on the first two sets and far behind on the third.
  const made = (['taobao', 'tennis', 'movielens'] as const).map((name, k) => {
    const aucs = k < 2 ? { hash: 0.7, sum: 0.69 } : { hash: 0.6, sum: 0.7 };
    const arms = Object.entries({ ...aucs, planned: 0.68 }).map(([kind, auc]) => arm(kind, '16x', 300, auc));
    return { set: dataSets.find((set) => set.name === name)!, results: { ...results, name, arms } };
  });
  const { markdown } = await renderResults(made, standard);
  const text = markdown.replaceAll(/ +/g, ' ');
  // Without taobao the worst of `sum` is 0.01 and that of `hash` 0.1; without movielens `hash` loses nothing anywhere.
  expect(text).toContain('| taobao 16x | 0.0200 | 0.0100 `sum` | 0.0100 `sum` |');
  expect(text).toContain('| movielens 16x | 0.0200 | 0.1000 `hash` | 0.1000 `hash` |');
  expect(text).toContain('| mean 16x | 0.0200 | 0.0400 | 0.0400 |');
  expect(text).toContain('| worst 16x | 0.0200 | 0.1000 | 0.1000 |');
  const few = await renderResults(made.slice(1), standard);
  expect(few.markdown).not.toContain('Choosing without training');
});

test('whole epochs: the best arm is judged against hashes, and 8 bits by their log-loss', async () => {
  const set = dataSets.find(({ name }) => name === 'taobao')!;
  const spread = (values: readonly number[]) => ({ mean: values[0]!, low: null, high: null, values });
  const made = (name: string, budget: string, auc: readonly number[], logLoss: readonly number[]) => ({
    ...arm(name, budget, name === 'dense-int8' ? 250 : 1000, auc[0]!),
    auc: spread(auc),
    logLoss: spread(logLoss),
  });
  const farResults = {
    ...results,
    settings: { ...results.settings, budgets: [{ label: '64x', ratio: 64 }] },
    arms: [
      made('dense', OWN_SIZE, [0.74, 0.74], [0.5, 0.51]),
      made('dense-int8', OWN_SIZE, [0.74, 0.74], [0.5002, 0.5102]),
      made('hash', '64x', [0.6, 0.61], [0.6, 0.6]),
      made('hot-hash', '64x', [0.7499, 0.7399], [0.6, 0.6]),
      made('sum', '64x', [0.75, 0.74], [0.5, 0.5]),
    ],
  };
  const { markdown } = await renderResults([], standard, { far: [{ set, results: farResults }] });
  expect(markdown).toContain('### taobao, whole epoch');
  expect(markdown.replaceAll(/ +/g, ' ')).toContain(
    '| 64x | `sum` 0.7500 | +0.1400 better | +0.0001 similar |',
  );
  expect(markdown).toContain('take 0.25 of the bytes; their test log-loss differs by +0.0002 ± 0.0000.');
});

test('several epochs: arms are judged, and controls held against dense tables', async () => {
  const set = dataSets.find(({ name }) => name === 'movielens')!;
  const control = (name: string, values: readonly number[]) => {
    const made = arm(name, OWN_SIZE, 1000, values[0]!);
    return { ...made, auc: { ...made.auc!, values } };
  };
  const severalResults: ComparisonResults = {
    ...results,
    settings: { ...results.settings, regime: 'several-epochs' },
    arms: [...results.arms, control('hash-full', [0.742, 0.742]), control('tt-full', [0.732, 0.732])],
  };
  const several = [{ set, results: severalResults }];
  const { markdown } = await renderResults([], standard, { several });
  const text = markdown.replaceAll(/ +/g, ' ');
  expect(text).toContain('### movielens, several epochs');
  expect(text).toContain('| 16x | `tt` 0.7370 | +0.0870 better | – |');
  expect(text).toMatch(/\(`hash-full`\) \+0\.0000 ± 0\.0000; .* \(`tt-full`\) −0\.0100 ± 0\.0000\./);
});

test('curves: areas, bytes that come close to dense tables, and crossings', async () => {
  const set = dataSets.find(({ name }) => name === 'taobao')!;
  const summary: ComparisonResults['summary'] = {
    curves: [{ arm: 'tt', area: 0.71234, bytesWithin: { '0.001': null, '0.005': 61_400 } }],
    crossover: { arms: ['tt', 'hash'], bytes: 50_000, low: 45_000, high: 56_000 },
  };
  const { markdown } = await renderResults([{ set, results: { ...results, summary } }], standard);
  const text = markdown.replaceAll(/ +/g, ' ');
  expect(text).toContain('| taobao | – | – | – | – | 0.7123 | – | – |');
  expect(text).toContain('| taobao | 5000 | – / – | – / – | – / – | – / – | – / 61 | – / – | – / – |');
  expect(text).toContain('cross on taobao (one epoch, shuffled) at 50 kB, 95 % interval 45 to 56 kB');
});

test('the quick study says what it leaves out', async () => {
  const set = dataSets.find(({ name }) => name === 'taobao')!;
  const { markdown } = await renderResults([{ set, results }], quick);
  expect(markdown).toContain('The results of `npm run study -- --quick`');
  expect(markdown).toContain('`--quick` leaves out the arms `vocabulary`, `product`,');
  expect(markdown).toContain('3 seeds instead of 5');
});

test('without the arm tt the question stays open', async () => {
  const [set] = dataSets;
  const { markdown } = await renderResults(
    [{ set: set!, results: { ...results, comparisons: [] } }],
    standard,
  );
  expect(markdown).toContain('the question stays open');
});
