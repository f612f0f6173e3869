import { syntheticConfig } from './clicks.ts';
import type { Reader } from './reader.ts';

/** Prices each table of a block that has one a line. */
export async function pricesTables(reader: Reader, content: string): Promise<void> {
  await reader.shell('npm install @ttrec/embeddings');
  const tables = content.trim().split('\n').join(',\n');
  await reader.program(
    `import { cost } from '@ttrec/embeddings';\nfor (const table of [${tables}]) cost(table, { numEmbeddings: 1e6, embeddingDim: 16 });\n`,
  );
}

/** Opens the dataset of a config, and of each batch. */
export async function opensDataset(reader: Reader, content: string): Promise<void> {
  await reader.program(
    `import { openDataset } from '@ttrec/data';
const dataset = await openDataset(${content});
let rows = 0;
for await (const { size } of dataset.batches({ split: 'train', batchSize: 32 })) rows += size;
if (rows === 0 || rows !== dataset.rows.train) throw new Error(\`\${rows} rows\`);
`,
  );
}

/** Adds fields to a config, by default of tables of up to 5000 rows, and runs the command on it. */
export function withConfig(
  command: (file: string) => string,
  cardinalities = syntheticConfig.data.cardinalities,
) {
  return async (reader: Reader, content: string): Promise<void> => {
    const fields = JSON.parse(content.trimStart().startsWith('{') ? content : `{${content}}`) as object;
    const config = { ...syntheticConfig, data: { ...syntheticConfig.data, cardinalities } };
    reader.write('of-the-page.json', JSON.stringify({ ...config, ...fields }));
    await reader.shell(command('of-the-page.json'));
  };
}
