import type { Dlrm } from '@ttrec/dlrm';
import { cost, type FitOptions } from '@ttrec/embeddings';
import { hostMatmul } from '../host-matmul.ts';
import { formatBytes } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import type { ImportedState } from './read-state.ts';

/** What became of a table. */
export interface ImportedTable {
  readonly table: string;
  readonly kind: string;
  /** Whether its numbers are those of the file, or others that come near its rows. */
  readonly how: 'copied' | 'fitted';
  readonly bytes: number;
}

/**
 * Gives a model the numbers that were read: those of a table that is stored as in the file are copied, any other is fitted to the
 * rows of the file.
 */
export async function fillModel(args: {
  readonly model: Dlrm;
  readonly state: ImportedState;
  readonly output: Output;
}): Promise<ImportedTable[]> {
  const { model, state, output } = args;
  const stored = new Map(state.config.tables.map(({ name, config }) => [name, JSON.stringify(config)]));
  const fitted = model.config.tables.filter(
    ({ name, config }) => stored.get(name) !== JSON.stringify(config),
  );
  // By whole names: those of a table "a.b" begin as those of a table "a" do.
  const fittedTensors = new Set(
    fitted.flatMap(({ name }) =>
      model.embeddings
        .table(name)
        .state()
        .map((tensor) => `table.${name}.${tensor.name}`),
    ),
  );
  await model.loadState(state.state, {
    select: ({ name }) => !fittedTensors.has(name),
    allowMissing: 'training',
    allowUnknown: true,
  });
  const options = fitted.length > 0 ? await fastMatmul() : {};
  for (const { name } of fitted) await model.embeddings.table(name).fit(state.rows.get(name)!, options);
  sayCaches(state, model, output);
  const { embeddingDim } = model.config;
  return model.config.tables.map(({ name, numEmbeddings, config, kinds }) => {
    const { bytes } = cost(config, { numEmbeddings, embeddingDim }, undefined, kinds);
    const how = fitted.some((table) => table.name === name) ? 'fitted' : 'copied';
    output.note(`table    ${name}: ${config.kind}, ${formatBytes(bytes)}, ${how}`);
    return { table: name, kind: config.kind, how, bytes };
  });
}

/** Rows that FBTT cached are not those of its cores: what became of them changes what is predicted. */
function sayCaches({ caches }: ImportedState, { config }: Dlrm, output: Output): void {
  for (const [name, { rows, choice }] of caches) {
    const { kind } = config.tables.find((table) => table.name === name)!.config;
    const became = {
      keep: 'are rows of the table, beside its cores',
      override: 'are rows of the table, in the place of those of its cores',
      drop: 'are left out: its rows are those of the cores',
    }[choice];
    output.note(`cache    ${name}: ${rows} cached rows ${became}; stored as ${kind}`);
  }
}

async function fastMatmul(): Promise<FitOptions> {
  return { matmul: await hostMatmul() };
}
