import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clicksCsv, syntheticConfig, writeClicks } from './clicks.ts';
import type { PagePlan } from './page-plan.ts';
import { root, type Reader } from './reader.ts';
import { pricesTables, withConfig } from './reads.ts';

/** Tables whose tensor trains of rank 16 take more than a thousand dense rows. */
const LARGE = [4_000_000, 3_000_000, 2_000_000, 1_000_000];
const DOCKER = 'builds and runs images, which needs a daemon of Docker';
const COMPILER = 'compiles the native engine with a compiler of C++ for minutes';
const PUBLISHED = 'clones a repository that is not published yet';
const SLURM = 'needs a cluster of Slurm';
const TRITON = "needs tritonclient, which isn't a package of Debian";

/** A stranger does what the page says, with the packages that the rehearsal of a release installs. */
const walked = (page: string) => ['tools/release/src/install/combinations.ts', `docs/${page}`] as const;

const clicksRun = async (reader: Reader) => {
  writeClicks(reader, 'clicks.json');
  await reader.shell('ttrec train clicks.json --out runs/clicks');
};

/** Guides, the front page and the pages of the repository itself. */
export const guidePlans: Readonly<Record<string, PagePlan>> = {
  'apps/site/front-page.md': { reads: { '"kind"': pricesTables } },
  'README.md': {
    installed: ['ttrec'],
    prepare: (reader) => {
      reader.write('clicks.csv', clicksCsv());
      reader.write('rows.csv', clicksCsv(['user', 'item', 'tags', 'age', 'price'], 20));
    },
    runBy: { 'npm run demo': ['.ci/run', 'npm run -s demo'] },
    varies: ['AUC to best'],
    smaller: {
      '16x,64x --seeds 5': '2x --seeds 1 --steps 5',
      '--budget 20MB': '--budget 40kB',
      '--bytes 2MB': '--bytes 30kB',
    },
  },
  'CONTRIBUTING.md': {
    installed: ['@ttrec/backend-cpu', '@ttrec/backend', '@ttrec/testkit'],
    declares:
      "import { conformanceSuite } from '@ttrec/testkit/backend';\nimport { describe, test } from 'node:test';\nimport { createMyBackend } from './my-backend.mts';\n",
    prepare: (reader) => {
      const example = readFileSync(join(root, 'packages/backend-cpu/examples/example-backend.ts'), 'utf8');
      reader.write('my-backend.mts', `${example}\nexport { createExampleBackend as createMyBackend };\n`);
    },
    runBy: {
      'useChromium();': ['tools/browser-tests/test-browser/train.test.ts'],
      'vitest run packages/embeddings': ['.ci/run', 'prettier --check .'],
    },
  },
  'docs/behind-kserve-or-triton.md': {
    prepare: clicksRun,
    reads: {
      '"broadcast"': async (reader, content) => {
        reader.write('request.json', content);
        await reader.shell('curl -d @request.json localhost:8000/v2/models/clicks/infer');
      },
    },
    runBy: { InferenceService: ['apps/trainer/test/docs-manifests.test.ts', 'behind-kserve-or-triton.md'] },
    needs: { '"broadcast"': 'curl' },
    notRun: { 'docker build -f': DOCKER, 'docker compose -f': DOCKER, 'import tritonclient': TRITON },
  },
  'docs/bringing-a-pytorch-model.md': {
    installed: ['@ttrec/backend-cpu', '@ttrec/tensor-files', '@ttrec/dlrm', '@ttrec/interop'],
    runBy: {
      "torch.save(model.state_dict(), 'dlrm.pt')": [
        'packages/interop/test/fixtures/make-dlrm.py',
        'torch.save(',
      ],
    },
    prepare: (reader) => {
      const fixture = join(root, 'packages/interop/test/fixtures/dlrm.pt');
      for (const name of ['test/fixtures/dlrm.pt', 'dlrm.pt']) cpSync(fixture, join(reader.folder, name));
      const { data, ...rest } = syntheticConfig;
      const own = { ...rest, data: { ...data, cardinalities: [1000, 12] } };
      reader.write(
        'config.json',
        JSON.stringify({ ...own, model: { embeddingDim: 8, bottomMlp: [], topMlp: [6] } }),
      );
    },
  },
  'docs/choosing-a-kind.md': {
    installed: ['@ttrec/planner'],
    reads: { '"variants"': withConfig((file) => `ttrec compare ${file} --steps 3 --out variants`, LARGE) },
  },
  'docs/combining-tt-with-hashing.md': { installed: ['@ttrec/embeddings'] },
  'docs/native-kernels.md': { notRun: { 'node tools/native-binaries/src/build.ts': COMPILER } },
  'docs/rank-in-a-node-service.md': {
    installed: ['ttrec', 'fastify'],
    prepare: (reader) => writeClicks(reader, 'clicks.json'),
    serves: 3000,
    needs: { 'localhost:3000/rank': 'curl' },
  },
  'docs/rank-in-a-page.md': {
    prepare: clicksRun,
    runBy: {
      "openRanker('/clicks.safetensors')": [
        'packages/serving/test-browser/guide.test.ts',
        'rank-in-a-page.md',
      ],
      "import '@ttrec/serving/web/worker'": [
        'packages/serving/test-browser/guide.test.ts',
        'rank-in-a-page.md',
      ],
      openRankerInWorker: ['packages/serving/test-browser/guide.test.ts', 'rank-in-a-page.md'],
    },
  },
  'docs/start-comparing.md': {
    runBy: {
      '"variants"': walked('start-comparing.md'),
      'npm run demo': ['.ci/run', 'npm run -s demo'],
      'npm install ttrec': walked('start-comparing.md'),
      'i < 20000': walked('start-comparing.md'),
      '--budgets 16x --seeds 2': walked('start-comparing.md'),
      '--out variants': walked('start-comparing.md'),
    },
  },
  'docs/start-contributing.md': { notRun: { 'git clone https://github.com/ttrec/ttrec.git': PUBLISHED } },
  'docs/start-pytorch.md': {
    runBy: Object.fromEntries(
      ['torch.save', 'npx ttrec compress', 'loadTable', 'node rows.mjs'].map((text) => [
        text,
        walked('start-pytorch.md'),
      ]),
    ),
  },
  'docs/start-ranking.md': {},
  'docs/train-on-a-cluster.md': {
    runBy: { MPIJob: ['apps/trainer/test/docs-manifests.test.ts', 'train-on-a-cluster.md'] },
    prepare: (reader) => writeClicks(reader),
    notRun: { '#SBATCH --ntasks=16': SLURM },
    linesNotRun: {
      'apt-get install openmpi-bin': 'installs packages of Debian, as root',
      'mpirun -n 16 --hostfile hosts': 'needs the machines of a file of hosts',
    },
    smaller: {
      'mpirun -n 4': 'mpirun -n 2',
      'mpirun -n 8': 'mpirun -n 2',
      '16GB     #': '200kB #',
      'config.json --worker-memory 16GB\n': 'config.json --worker-memory 2GB\n',
    },
    needs: { 'mpirun -n 4': 'mpirun', 'mpirun -n 8': 'mpirun' },
  },
  'docs/writing-a-new-kind.md': {
    reads: {
      '"kinds": [': withConfig((file) => `ttrec plan ${file}`),
    },
    installed: ['@ttrec/embeddings', '@ttrec/planner', '@ttrec/backend-cpu', '@ttrec/testkit'],
    prepare: (reader) => {
      const finished = join(root, 'apps/trainer/examples/grouped-kind.ts');
      cpSync(finished, join(reader.folder, 'grouped-kind.ts'));
    },
  },
};
