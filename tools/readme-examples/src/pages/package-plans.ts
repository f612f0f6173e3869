import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { clicksCsv, writeCriteo } from './clicks.ts';
import type { PagePlan } from './page-plan.ts';
import { root, type Reader } from './reader.ts';
import { opensDataset } from './reads.ts';

const APT = 'installs packages of Debian, as root';

/** The clicks as a Parquet file of a day. */
const PARQUET = `
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create()).connect();
await connection.run("copy (select *, '2024-04-30' as day from 'clicks.csv') to 'clicks/april.parquet' (format parquet)");
`;

/** Ratings as the README joins them with films. */
function writeRatings(reader: Reader): void {
  const ratings = Array.from(
    { length: 300 },
    (_, i) => `${i % 20},${i % 30},${(i % 9) / 2},${20 + (i % 50)},${i}`,
  );
  const films = Array.from({ length: 30 }, (_, i) => `${i},${['Action', 'Comedy|Drama'][i % 2]!}`);
  const files = {
    'ratings.csv.gz': ['userId,movieId,rating,age,timestamp', ...ratings],
    'movies.csv.gz': ['movieId,genres', ...films],
  };
  for (const [name, lines] of Object.entries(files)) reader.write(name, gzipSync([...lines, ''].join('\n')));
}

/** A shop of films, in the two files of MovieLens. */
function writeFilms(reader: Reader): void {
  const films = Array.from(
    { length: 40 },
    (_, i) => `${i + 1},"Film ${i} (${1980 + i})",${['Action', 'Comedy|Drama'][i % 2]!}`,
  );
  reader.write('movies.csv', ['movieId,title,genres', ...films, ''].join('\n'));
  const ratings = Array.from({ length: 610 * 12 }, (_, i) => {
    const [user, film] = [Math.floor(i / 12) + 1, ((i * 7) % 40) + 1];
    return [user, film, (user + film) % 3 === 0 ? 2 : 4.5, 1_000_000 + i].join(',');
  });
  reader.write('ratings.csv', ['userId,movieId,rating,timestamp', ...ratings, ''].join('\n'));
}

/** READMEs of packages and pages. */
export const packagePlans: Readonly<Record<string, PagePlan>> = {
  'packages/data/README.md': {
    installed: ['@duckdb/node-api'],
    prepare: async (reader) => {
      reader.write('clicks.csv', clicksCsv(['user', 'tags', 'age', 'click']));
      await reader.shell('mkdir clicks');
      await reader.program(PARQUET);
      writeCriteo(reader, 'train.txt');
      writeRatings(reader);
    },
    reads: { '"path": "train.txt"': opensDataset, '"ratings.csv.gz"': opensDataset },
  },
  'packages/embeddings/README.md': { installed: ['@ttrec/tensor-files'] },
  'packages/mpi/README.md': {
    linesNotRun: { 'apt-get install openmpi-bin': APT },
    needs: { 'mpirun -n 4': 'mpirun' },
  },
  'packages/planner/README.md': {
    installed: ['@ttrec/backend-wasm', '@ttrec/data', '@ttrec/training'],
    smaller: { 'seconds: 600': 'trials: 3' },
  },
  'packages/serving/README.md': {
    runBy: {
      "openRanker('/clicks.safetensors')": [
        'packages/serving/test-browser/guide.test.ts',
        'the page of the README',
      ],
    },
  },
  'packages/tensor-train/README.md': {
    installed: ['@ttrec/backend-wasm'],
    smaller: { '1_000_000': '20_000' },
    varies: ['planted, 200000 x 64'],
  },
  'packages/testkit/README.md': {
    installed: ['@ttrec/backend', '@ttrec/backend-cpu', '@ttrec/embeddings', '@ttrec/planner'],
    smaller: { "'../src/index.ts'": "'./my-backend.mts'" },
    prepare: (reader) => {
      const example = readFileSync(join(root, 'packages/backend-cpu/examples/example-backend.ts'), 'utf8');
      reader.write('my-backend.mts', `${example}\nexport { createExampleBackend as createMyBackend };\n`);
      cpSync(join(root, 'apps/trainer/examples/grouped-kind.ts'), join(reader.folder, 'grouped-kind.ts'));
    },
  },
  'apps/playground/README.md': {
    runBy: { 'npm run playground': ['apps/playground/test-browser/built-page.ts', 'useBuiltSite'] },
  },
  'apps/rerank/README.md': {
    prepare: (reader) => {
      writeFilms(reader);
      for (const folder of ['apps/rerank', 'apps/page-parts']) {
        const copy = join(reader.folder, folder);
        const filter = (path: string) => !/\/(dist|node_modules|\.turbo)(\/|$)/.test(path);
        cpSync(join(root, folder), copy, { recursive: true, filter });
        symlinkSync(join(root, folder, 'node_modules'), join(copy, 'node_modules'));
      }
    },
  },
};
