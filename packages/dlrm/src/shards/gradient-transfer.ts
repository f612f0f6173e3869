import { wholeBlock, type Backend, type Range } from '@ttrec/backend';
import type { EmbeddingBagCollection } from '@ttrec/embeddings';
import {
  describeTable,
  Workspace,
  type SparseGradient,
  type TableMaintenance,
  type TableParameter,
} from '@ttrec/embeddings/kind';
import type { CollectionGradients } from '../apply-update.ts';
import { error } from '../error.ts';
import { tableGradients, type Network, type Pass } from '../network.ts';
import { addRows, type GradientLayout, type HostGradients, type SparseRows } from './host-gradients.ts';

interface Member {
  readonly name: string;
  readonly kind: string;
  readonly rows: number;
  readonly cols: number;
  /** Its name within its table. */
  readonly parameter: string;
  /** The parameter for a step that trains rows [U], and which of its rows they are. */
  readonly touch: (ids: Uint32Array) => { readonly parameter: TableParameter; readonly rows: Uint32Array };
}

const NO_ROWS: SparseRows = { ids: new Uint32Array(0), values: new Float32Array(0) };

/** Moves the gradients of a model between its engine and the host. */
export class GradientTransfer {
  readonly #backend: Backend;
  readonly #network: Network;
  readonly #workspace: Workspace;
  /** By collection and table. */
  readonly #tables: readonly (readonly (readonly Member[])[])[];

  constructor(backend: Backend, network: Network) {
    this.#backend = backend;
    this.#network = network;
    this.#workspace = new Workspace(backend, 'gradients of shards');
    this.#tables = network.collections.map((collection, c) =>
      membersOf(collection, c === 0 ? 'table' : 'wide'),
    );
  }

  get layout(): GradientLayout {
    const dense = this.#network.dense.map(({ parameter }) => ({
      name: parameter.name,
      length: parameter.gradient.rows * parameter.gradient.cols,
    }));
    const rows = this.#members.map(({ name, kind, rows, cols }) => ({ name, kind, rows, cols }));
    const seen = this.#observers.map((observer, o) => {
      return { name: `cache${o}.ids`, kind: 'cached', rows: 2 ** 32, cols: seenCols(observer) };
    });
    return { dense, sparse: [...rows, ...seen] };
  }

  /** The gradients of a forward and backward, and what caches saw in it. */
  async read({ collections }: Pass): Promise<HostGradients> {
    const found = collections.map(tableGradients);
    found.forEach((tables, c) => tables.forEach((own, t) => requireListed(own, this.#tables[c]![t]!)));
    // What a later forward overwrites is copied or enqueued before the first await.
    const dense = this.#network.dense.map(({ parameter }) => this.#backend.read(parameter.gradient));
    const sparse = this.#tables.flatMap((tables, c) =>
      tables.flatMap((members, t) => members.map((member) => this.#rowsOf(found[c]![t]!, member))),
    );
    const seen = this.#observers.map(seenRows);
    return { dense: await Promise.all(dense), sparse: await Promise.all([...sparse, ...seen]) };
  }

  /** Enqueues the upload of gradients of a whole batch. @returns those of tables, one entry a collection */
  write({ dense, sparse }: HostGradients): CollectionGradients[] {
    this.#network.dense.forEach(({ parameter }, i) => this.#backend.write(parameter.gradient, dense[i]!));
    let next = 0;
    const gradients = this.#tables.map((tables) =>
      tables.map((members) => members.flatMap((member) => this.#upload(member, sparse[next++]!))),
    );
    for (const observer of this.#observers) {
      const { ids, values } = sparse[next++]!;
      const column = (c: number) => values.filter((_, at) => at % seenCols(observer) === c);
      const norms = observer.seesNorms && { norms: column(1) };
      observer.saw!({ ids, counts: Uint32Array.from(column(0)), ...norms });
    }
    return gradients;
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  get #members(): readonly Member[] {
    return this.#tables.flat(2);
  }

  get #observers(): readonly TableMaintenance[] {
    return this.#network.collections.flatMap(({ observers }) => observers);
  }

  /** A table may name a parameter twice, or not at all where no row of it was looked up. */
  async #rowsOf(gradients: readonly SparseGradient[], { parameter }: Member): Promise<SparseRows> {
    const own = gradients.filter((each) => each.parameter.name === parameter && each.rowIds.length > 0);
    const read = own.map(async ({ gradients: block, rowIds }): Promise<SparseRows> => {
      const ids = rowIds.slice();
      return { ids, values: await this.#backend.read(block) };
    });
    return (await Promise.all(read)).reduce(addRows, NO_ROWS);
  }

  #upload({ name, cols, touch }: Member, { ids, values }: SparseRows): SparseGradient[] {
    // Of no rows as well: a parameter that holds the rows of a step forgets those of the step before.
    const { parameter, rows: places } = touch(ids);
    if (ids.length === 0) return [];
    const buffer = this.#workspace.matrix(name, ids.length, cols);
    this.#backend.write(buffer, values);
    const [rows] = this.#workspace.positions(`${name}/rows`, [places]) as [Range];
    return [{ parameter, gradients: wholeBlock(buffer, ids.length), rows, rowIds: ids }];
  }
}

function membersOf(collection: EmbeddingBagCollection, prefix: string): Member[][] {
  return collection.trained.map(({ parameters, paged = [] }, t) => {
    const { table } = collection.costs[t]!;
    const kind = describeTable(table.config, table.kinds);
    const shared = (parameter: string) => ({ name: `${prefix}.${table.name}.${parameter}`, kind, parameter });
    return [
      ...parameters.map((parameter): Member => {
        const touch = (ids: Uint32Array) => ({ parameter, rows: ids });
        const { rows, cols } = parameter.weights;
        return { ...shared(parameter.name), rows, cols, touch };
      }),
      ...paged.map((each): Member => {
        const touch = (ids: Uint32Array) => ({ parameter: each.touch(ids), rows: ids.map((_, i) => i) });
        return { ...shared(each.name), rows: each.rows, cols: each.cols, touch };
      }),
    ];
  });
}

/** A gradient that no worker would send would be lost. @throws `dlrm/unlisted-parameter` */
function requireListed(gradients: readonly SparseGradient[], members: readonly Member[]): void {
  const unlisted = gradients.find(({ parameter }) =>
    members.every((member) => member.parameter !== parameter.name),
  );
  if (!unlisted) return;
  throw error('unlisted-parameter', {
    subject: `parameter "${unlisted.parameter.name}"`,
    rule: 'must be in "parameters" or "paged" of its table, for batches in shards',
    got: members.map(({ name }) => name).join(', '),
  });
}

/** Counts, and norms where an observer sees them. */
function seenCols({ seesNorms = false }: TableMaintenance): number {
  return seesNorms ? 2 : 1;
}

/** Counts are exact in float32: a batch has fewer than 2^24 lookups of an id. */
async function seenRows(observer: TableMaintenance): Promise<SparseRows> {
  const seen = await observer.takeSeen?.();
  if (!seen) return NO_ROWS;
  const { ids, counts, norms } = seen;
  if (!norms) return { ids, values: Float32Array.from(counts) };
  return {
    ids,
    values: Float32Array.from({ length: 2 * ids.length }, (_, at) => (at % 2 ? norms : counts)[at >> 1]!),
  };
}
