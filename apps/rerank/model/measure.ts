/**
 * Measures the model of the page on the people whom training held out, beside two orders that need no model, and writes
 * `src/measured.json`: `node model/measure.ts ratings.csv movies.csv`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { rankingMetrics } from '@ttrec/dlrm';
import { openRanker } from '@ttrec/serving';
import { statisticsFor } from './film-statistics.ts';
import config from './films.json' with { type: 'json' };
import { readMovieLens } from './movielens.ts';
import { rowOf, trainingRows } from './rows.ts';

const [ratingsPath, moviesPath] = process.argv.slice(2);
const { films, ratings } = await readMovieLens(ratingsPath!, moviesPath!);
const { validationFrom, testFrom } = config.data.split;
const tested = trainingRows(ratings).filter(({ user }) => user >= testFrom);
const statistics = statisticsFor(ratings, validationFrom)(testFrom);
const rows = tested.map((row) => rowOf(row, films, statistics));

const backend = await createWasmBackend({ simd: 'strict' });
const model = join(import.meta.dirname, 'films.ttrec.safetensors');
const ranker = await openRanker(model, { backend, ownsBackend: true });
const { logits } = await ranker.score(rows);
await ranker.dispose();

const labels = tested.map(({ rating }) => Number(rating >= config.data.label.atLeast));
const groups = tested.map(({ user }) => user);
const metrics = Object.entries({
  model: logits,
  meanRating: rows.map(({ mean }) => mean),
  popularity: rows.map(({ ratings: count }) => count),
}).map(([order, scores]) => [order, rankingMetrics(labels, scores, groups)] as const);
const rounded = (metric: 'ndcg' | 'gauc') =>
  Object.fromEntries(metrics.map(([order, found]) => [order, found[metric].toFixed(3)]));
const result = {
  users: new Set(groups).size,
  rows: tested.length,
  ndcg: rounded('ndcg'),
  gauc: rounded('gauc'),
};
writeFileSync(
  join(import.meta.dirname, '..', 'src', 'measured.json'),
  `${JSON.stringify(result, null, 2)}\n`,
);
console.log(result);
