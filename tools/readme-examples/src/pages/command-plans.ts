import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { clicksConfig, clicksCsv, syntheticConfig, writeCriteo } from './clicks.ts';
import type { PagePlan } from './page-plan.ts';
import { root, type Reader } from './reader.ts';
import { withConfig } from './reads.ts';

/** A trained table and how often its rows were read. */
const TABLE = `
import { streamSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import { encodeNpy } from '@ttrec/tensor-files/npy';
const rows = Float32Array.from({ length: 2000 * 8 }, (_, at) => Math.sin(at % 97) + Math.cos(Math.floor(at / 8)));
const item = { name: 'item', dtype: 'F32', shape: [2000, 8], data: rows };
await writeFileAtomic('item-embeddings.safetensors', streamSafetensors([item]));
const counts = Float32Array.from({ length: 2000 }, (_, id) => 1 / (id + 1));
await writeFileAtomic('counts.npy', encodeNpy({ dtype: 'F32', shape: [2000], data: counts }));
`;

/** The README of the command. */
export const commandPlans: Readonly<Record<string, PagePlan>> = {
  'apps/trainer/README.md': {
    installed: ['ttrec', '@ttrec/tensor-files', '@ttrec/embeddings', '@ttrec/planner'],
    prepare: async (reader) => {
      reader.write('my-config.json', JSON.stringify(syntheticConfig));
      writePeople(reader);
      writeCriteo(reader, 'clicks.tsv.gz');
      cpSync(join(root, 'apps/trainer/examples/grouped-kind.ts'), join(reader.folder, 'grouped-kind.ts'));
      await reader.program(TABLE);
      await reader.shell(
        'ttrec train my-config.json --out runs/my-run\nttrec train people.json --out runs/clicks',
      );
    },
    smaller: {
      '--budget 20MB': '--budget 60kB',
      '4x,16x,64x,118x,256x,1000x --seeds 5 --trials 3': '2x --seeds 1 --trials 2 --steps 5',
      '--kind tt --bytes 2MB': '--kind tt --bytes 20kB',
      '--fine-tune 1000': '--fine-tune 10',
      '--table C3 --bytes 2MB': '--table C1 --bytes 80kB',
      '--bytes 300kB': '--bytes 60kB',
      'predict RUN': 'predict runs/clicks',
      'rank RUN': 'rank runs/clicks',
    },
    needs: { 'localhost:8080': 'curl' },
    reads: {
      '"kaggle-tt"': withConfig((file) => `ttrec train ${file} --steps 3 --out runs/kaggle-tt`),
      './grouped-kind.ts': withConfig((file) => `ttrec plan ${file}`),
    },
  },
};

/** People and things, under the names of the columns that the README scores by. */
function writePeople(reader: Reader): void {
  reader.write('people.csv', clicksCsv(['user', 'item', 'age', 'click']));
  const { data, ...rest } = clicksConfig;
  const [age, user, item] = [data.dense[0], data.features[0], data.features[1]];
  reader.write(
    'people.json',
    JSON.stringify({ ...rest, data: { ...data, path: 'people.csv', dense: [age], features: [user, item] } }),
  );
  const rows = Array.from({ length: 20 }, (_, i) => {
    return { id: i, user: `u${i % 4}`, item: `i${i}`, age: 20 + i, user_id: i % 4, item_id: 100 + i };
  });
  const csv = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].join('\n');
  reader.write('rows.csv', `${csv}\n`);
  reader.write('rows.csv.gz', gzipSync(`${csv}\n`));
  reader.write('pairs.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  reader.write('items.csv', ['item', ...rows.map(({ item }) => item), ''].join('\n'));
}
