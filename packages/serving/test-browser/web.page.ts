import type { RawRow } from '@ttrec/data/encoding';
import { openRanker, openRankerInWorker, type Ranker, type WorkerRanker } from '@ttrec/serving/web';

type Place = 'here' | 'worker';
type Any = Ranker | WorkerRanker;

function startWorker(url = '/ranker-worker.js'): Worker {
  return new Worker(url, { type: 'module' });
}

async function open(place: Place, source: string, options: object = {}): Promise<Any> {
  return place === 'here' ? openRanker(source, options) : openRankerInWorker(startWorker(), source, options);
}

/** Logits by every way there is: rows, columns, and candidates of a context. */
export async function score(
  place: Place,
  source: string,
  rows: readonly RawRow[],
  options: object = {},
): Promise<{
  readonly logits: Float64Array;
  readonly byColumn: Float64Array;
  readonly ranked: unknown;
  readonly fetched: unknown;
}> {
  await using ranker = await open(place, source, options);
  const columns = ranker.columns.map(({ name }) => name);
  const byColumn = Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name]!)]));
  const { user, age } = rows[0]!;
  const candidates = rows.slice(0, 50).map(({ item, tags, price }) => ({ item, tags, price }) as RawRow);
  const [{ logits }, scored, ranked] = await Promise.all([
    ranker.score(rows),
    ranker.scoreColumns(byColumn),
    ranker.rank({ user: user!, age: age! }, candidates, { top: 7 }),
  ]);
  return { logits, byColumn: scored.logits, ranked, fetched: ranker.fetched };
}

/** What each step ended with, in words. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'resolved';
  } catch (thrown) {
    const { code = '', message } = thrown as { code?: string; message: string };
    return `${code}: ${message}`;
  }
}

/** Opens what cannot be opened, then what can. */
export async function refused(
  place: Place,
  source: string,
  options: object,
  good: string,
): Promise<string[]> {
  const first = await outcome(open(place, source, options));
  await using ranker = await open(place, good);
  return [first, String(ranker.step)];
}

/** Disposes of a ranker while a call is under way, twice; then calls it. */
export async function disposedInMidCall(
  place: Place,
  source: string,
  rows: readonly RawRow[],
): Promise<string[]> {
  const ranker = await open(place, source);
  const many = Array.from({ length: 20_000 }, (_, i) => rows[i % rows.length]!);
  const under = outcome(ranker.score(many));
  const ended = Promise.all([ranker.dispose(), ranker.dispose()]);
  const later = outcome(ranker.score(rows));
  return [await under, await outcome(ended), await later];
}

/** Ends the worker while a call is under way; then calls again, and opens the model in another worker. */
export async function endedWorker(source: string, rows: readonly RawRow[]): Promise<string[]> {
  const worker = startWorker();
  const ranker = await openRankerInWorker(worker, source);
  const many = Array.from({ length: 200_000 }, (_, i) => rows[i % rows.length]!);
  const under = outcome(ranker.score(many));
  setTimeout(() => worker.terminate(), 20);
  const words = [await under, await outcome(ranker.score(rows)), await outcome(ranker.dispose())];
  await using another = await openRankerInWorker(startWorker(), source);
  return [...words, await outcome(another.score(rows))];
}

/** Opens a ranker in a worker whose script is something else. */
export async function withoutScript(url: string, source: string): Promise<string> {
  return outcome(openRankerInWorker(startWorker(url), source));
}

/** Two rankers in one worker, called at once. */
export async function twoInOneWorker(
  sources: readonly [string, string],
  rows: readonly RawRow[],
): Promise<Float64Array[]> {
  const worker = startWorker();
  const rankers = await Promise.all(sources.map((source) => openRankerInWorker(worker, source)));
  const scores = await Promise.all(rankers.map((ranker) => ranker.score(rows)));
  await rankers[0]!.dispose();
  scores.push(await rankers[1]!.score(rows));
  worker.terminate();
  return scores.map(({ logits }) => logits);
}

/** The error of a bad row crosses from the worker with its code. */
export async function badRow(place: Place, source: string): Promise<string> {
  await using ranker = await open(place, source);
  return await outcome(ranker.score([{ user: 'u' }]));
}
