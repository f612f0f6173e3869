/**
 * A kind of table in one file: neighbouring ids share a row. In a vocabulary ordered by frequency these are ids that occur about
 * equally often. `"kinds": ["./grouped-kind.ts"]` in a config loads it.
 */
import {
  denseRows,
  type FitOptions,
  type RowSource,
  type TableConfig,
  type TableSize,
} from '@ttrec/embeddings';
import {
  anyTable,
  defineKind,
  largestConfig,
  rowBlocks,
  WrappingTable,
  type EmbeddingTable,
  type Lookup,
  type TableContext,
} from '@ttrec/embeddings/kind';
import { growing, percent, type OptionGenerator, type TableToPlan } from '@ttrec/planner/generator';

export interface GroupedConfig {
  readonly kind: 'grouped';
  /** Ids that share a row. */
  readonly group: number;
  /** The table of the groups: any kind. */
  readonly into: TableConfig;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    grouped: GroupedConfig;
  }
}

export const groupedKind = defineKind<GroupedConfig>({
  name: 'grouped',
  schema: {
    properties: { group: { type: 'integer', minimum: 1 }, into: anyTable },
    required: ['group', 'into'],
  },
  children: (config, size) => [{ config: config.into, size: groupsOf(config, size) }],
  cost: (_config, _size, _optimizer, [groups]) => groups!,
  create: (config, context, [groups]) => new GroupedTable(config, context, groups!),
  grow: (config, from, numEmbeddings, tables) => ({
    ...config,
    into: tables.grow(
      config.into,
      groupsOf(config, from),
      groupsOf(config, { ...from, numEmbeddings }).numEmbeddings,
    ),
  }),
  /** The smaller the groups, the more bytes. */
  resize: (config, size, bytes, tables) =>
    largestConfig((divisor) => ({ ...config, group: Math.ceil(size.numEmbeddings / divisor) }), {
      least: 1,
      most: size.numEmbeddings,
      bytes,
      bytesOf: (resized) => tables.bytes(resized, size),
    }),
  rows: (config, graph) =>
    graph.child(config.into, {
      size: groupsOf(config, graph),
      ids: graph.dividedBy(graph.ids, config.group),
    }),
});

function groupsOf({ group }: GroupedConfig, { numEmbeddings, embeddingDim }: TableSize): TableSize {
  return { numEmbeddings: Math.ceil(numEmbeddings / group), embeddingDim };
}

class GroupedTable extends WrappingTable {
  readonly #group: number;
  readonly #groups: EmbeddingTable;

  constructor(config: GroupedConfig, context: TableContext, groups: EmbeddingTable) {
    super(context, [groups]);
    this.#group = config.group;
    this.#groups = groups;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#groups.lookup(
      ids.map((id) => Math.floor(id / this.#group)),
      training,
    );
  }

  /** A group becomes the mean of its rows. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { numEmbeddings, embeddingDim } = this.#groups;
    const sums = new Float64Array(numEmbeddings * embeddingDim);
    const counts = new Float64Array(numEmbeddings);
    for await (const { start, rows, values } of rowBlocks(source)) {
      for (let i = 0; i < rows; i++) {
        const group = Math.floor((start + i) / this.#group);
        const weight = source.weights?.[start + i] ?? 1;
        counts[group]! += weight;
        for (let j = 0; j < embeddingDim; j++)
          sums[group * embeddingDim + j]! += weight * values[i * embeddingDim + j]!;
      }
    }
    const means = Float32Array.from(sums, (sum, at) => {
      const count = counts[Math.floor(at / embeddingDim)]!;
      return count === 0 ? 0 : sum / count;
    });
    await this.#groups.fit(denseRows(means, embeddingDim, counts), options);
  }
}

/** What plans choose from: a dense table of groups of 2 ids, 3 ids, and so on. */
export const groupedOptions: OptionGenerator = {
  kind: 'grouped',
  tableKinds: [groupedKind],
  *candidates(table) {
    for (const group of growing(table.size.numEmbeddings, 1.1)) {
      if (group === 1) continue;
      const loss = lossOf(table, group);
      const explain = () => `ids that share a row in groups of ${group} lose ${percent(loss)}`;
      yield { config: { kind: 'grouped', group, into: { kind: 'dense' } }, loss, explain };
    }
  },
};

/** Groups that are summed one by one; the frequencies of later ones are about equal. */
const ONE_BY_ONE = 1000;

/** A row becomes the mean of its group, weighted by frequency, which keeps Σp² / Σp of the group's variance. */
function lossOf({ frequencies, frequencyOrdered, collisions, size }: TableToPlan, group: number): number {
  const groups = Math.ceil(size.numEmbeddings / group);
  if (!frequencyOrdered) return collisions.mixed(groups);
  const exact = Math.min(groups, ONE_BY_ONE);
  let kept = (1 - frequencies.massBelow(exact * group)) / group;
  for (let from = 0; from < exact * group; from += group) {
    const mass = frequencies.massBelow(from + group) - frequencies.massBelow(from);
    const squares = frequencies.squaresBelow(from + group) - frequencies.squaresBelow(from);
    if (mass > 0) kept += squares / mass;
  }
  return Math.max(0, 1 - kept);
}
