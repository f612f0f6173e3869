import type { Dlrm } from '@ttrec/dlrm';
import type { Bags } from '@ttrec/embeddings';
import { ValueGrouper } from '@ttrec/embeddings/kind';
import { positionsHeld, type ShardedMember } from '@ttrec/embeddings/model';
import type { Communicator } from './communicator.ts';

/** What a worker reads of a table next. */
interface Wanted {
  /** Distinct, ascending. */
  readonly ids: Uint32Array;
  /** Which of them each worker holds, by position. */
  readonly heldBy: readonly Uint32Array[];
}

/**
 * Brings the rows of sharded tables to the workers that look them up. All workers take part each time: every one asks the others for rows by
 * their places, and is sent them.
 */
export class RowExchange {
  readonly #tables: readonly ShardedMember[];
  readonly #communicator: Communicator;
  readonly #grouper = new ValueGrouper();
  #sentNumbers = 0;

  /** Undefined where every worker has all rows. */
  static for(model: Dlrm, communicator: Communicator | undefined): RowExchange | undefined {
    const tables = model.sharding?.members ?? [];
    return communicator && tables.length > 0 ? new RowExchange(tables, communicator) : undefined;
  }

  private constructor(tables: readonly ShardedMember[], communicator: Communicator) {
    this.#tables = tables;
    this.#communicator = communicator;
  }

  /** 32-bit numbers that this worker sent to others: places and rows. */
  get sentNumbers(): number {
    return this.#sentNumbers;
  }

  /** @param bags by feature, of what this worker looks up next; undefined for nothing */
  async fetch(bags: readonly Bags[] | undefined): Promise<void> {
    const { size } = this.#communicator;
    const wanted = this.#tables.map((table) => this.#wanted(table, bags));
    const requests = Array.from({ length: size }, (_, owner) => this.#request(wanted, owner));
    const asked = await this.#send(requests);
    const answers = await this.#send(await this.#served(asked));
    this.#hold(wanted, answers);
  }

  async #send<Data extends Uint32Array | Float32Array>(messages: readonly Data[]): Promise<Data[]> {
    messages.forEach(({ length }, to) => {
      if (to !== this.#communicator.rank) this.#sentNumbers += length;
    });
    return this.#communicator.alltoallv(messages);
  }

  #wanted({ features }: ShardedMember, bags: readonly Bags[] | undefined): Wanted {
    const lists = features.map((feature) => bags?.[feature]!.indices ?? new Uint32Array(0));
    const all = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const list of lists) {
      all.set(list, at);
      at += list.length;
    }
    const ids = this.#grouper.group(all).values.slice();
    const { size } = this.#communicator;
    return { ids, heldBy: Array.from({ length: size }, (_, rank) => positionsHeld(ids, { rank, size })) };
  }

  /** How many rows of each table, then their places. */
  #request(wanted: readonly Wanted[], owner: number): Uint32Array {
    const { size } = this.#communicator;
    const places = wanted.map(({ ids, heldBy }) =>
      heldBy[owner]!.map((position) => Math.floor(ids[position]! / size)),
    );
    return Uint32Array.from([...places.map(({ length }) => length), ...places.flatMap((each) => [...each])]);
  }

  /** The rows that each worker asked for, table after table. */
  async #served(asked: readonly Uint32Array[]): Promise<Float32Array[]> {
    const widths = this.#tables.map(({ table }) => table.embeddingDim);
    const counts = asked.map((request) => request.subarray(0, widths.length));
    const answers = counts.map(
      (each) => new Float32Array(widths.reduce((sum, width, t) => sum + each[t]! * width, 0)),
    );
    const read = asked.map(() => widths.length);
    const written = asked.map(() => 0);
    for (const [t, { table }] of this.#tables.entries()) {
      const places = new Uint32Array(counts.reduce((sum, each) => sum + each[t]!, 0));
      let at = 0;
      asked.forEach((request, from) => {
        const own = request.subarray(read[from], (read[from]! += counts[from]![t]!));
        places.set(own, at);
        at += own.length;
      });
      const rows = await table.rowsAt(places);
      at = 0;
      answers.forEach((answer, to) => {
        const length = counts[to]![t]! * widths[t]!;
        answer.set(rows.subarray(at, at + length), written[to]);
        at += length;
        written[to]! += length;
      });
    }
    return answers;
  }

  #hold(wanted: readonly Wanted[], answers: readonly Float32Array[]): void {
    const read = answers.map(() => 0);
    this.#tables.forEach(({ table }, t) => {
      const { ids, heldBy } = wanted[t]!;
      const width = table.embeddingDim;
      table.hold(ids, (out) =>
        answers.forEach((answer, owner) => {
          for (const position of heldBy[owner]!)
            out.set(answer.subarray(read[owner], (read[owner]! += width)), position * width);
        }),
      );
    });
  }
}
