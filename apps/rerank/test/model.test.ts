import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { openRanker, type Ranker } from '@ttrec/serving';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../model/films.json' with { type: 'json' };
import { films } from '../src/catalogue.ts';
import measured from '../src/measured.json' with { type: 'json' };
import { candidateOf, contextOf } from '../src/rows.ts';
import { tasteSets } from '../src/taste-sets.ts';

const path = join(import.meta.dirname, '..', 'model', 'films.ttrec.safetensors');
let ranker: Ranker;
beforeAll(async () => {
  ranker = await openRanker(path, { backend: await createWasmBackend(), ownsBackend: true });
});
afterAll(() => ranker.dispose());

test('the rows of the page have the columns of the model, which is that of the config', () => {
  const row = { ...contextOf(films.slice(0, 2)), ...candidateOf(films[5]!) };
  expect(Object.keys(row).toSorted()).toEqual(ranker.columns.map(({ name }) => name).toSorted());
  const { embeddingDim, tables } = ranker.model.config;
  expect(embeddingDim).toBe(config.model.embeddingDim);
  expect(tables.find(({ name }) => name === 'film')!.config).toEqual(config.model.tables.byName.film);
});

test('the model knows most films of the catalogue, and the sets are in it', () => {
  const { features } = ranker.encoder.encodeShared(contextOf([]), films.map(candidateOf));
  const film = ranker.schema.features.findIndex(({ name }) => name === 'film');
  // Row 0 is for films that people whom training saw rated less than five times.
  const unknown = features[film]!.indices.filter((row) => row === 0).length;
  expect(unknown).toBeLessThan(0.1 * films.length);
  const known = new Set(films.map(({ id }) => id));
  expect(
    Object.values(tasteSets)
      .flat()
      .filter((id) => !known.has(id)),
  ).toEqual([]);
});

test('what the visitor likes counts', async () => {
  const candidates = films.slice(0, 300).map(candidateOf);
  const byId = new Map(films.map((film) => [film.id, film]));
  const [space, romance] = await Promise.all(
    ['Space and robots', 'Romance'].map((set) =>
      ranker.rank(contextOf(tasteSets[set]!.map((id) => byId.get(id)!)), candidates),
    ),
  );
  expect(space!.map(({ index }) => index)).not.toEqual(romance!.map(({ index }) => index));
});

test('the page says no more of the model than was measured', () => {
  expect(Number(measured.gauc.model)).toBeGreaterThan(Number(measured.gauc.meanRating));
  expect(Number(measured.gauc.model)).toBeGreaterThan(Number(measured.gauc.popularity));
  expect(statSync(path).size).toBeLessThan(100_000);
  const licence = readFileSync(join(import.meta.dirname, '..', 'model', 'MOVIELENS-README.txt'), 'utf8');
  expect(licence).toContain('Usage License');
});
