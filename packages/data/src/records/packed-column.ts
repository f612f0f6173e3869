import { CellFault } from '../columns/cell.ts';
import { ByteWriter } from './byte-writer.ts';

/** The values of one column as bytes, which take a fraction of the memory that objects do. */
export class PackedColumn {
  readonly #writer = new ByteWriter();
  readonly #ends: Uint32Array;
  readonly #faults = new Map<number, CellFault>();

  constructor(name: string, size: number, value: (row: number) => unknown) {
    this.#ends = new Uint32Array(size);
    for (let row = 0; row < size; row++) {
      try {
        this.#writer.write(value(row), name);
      } catch (fault) {
        if (!(fault instanceof CellFault)) throw fault;
        this.#faults.set(row, fault);
      }
      this.#ends[row] = this.#writer.length;
    }
  }

  /** Writes the value of a row. @throws CellFault */
  copy(row: number, to: ByteWriter): void {
    const fault = this.#faults.get(row);
    if (fault !== undefined) throw fault;
    to.writeBytes(this.#writer.bytes, row === 0 ? 0 : this.#ends[row - 1]!, this.#ends[row]!);
  }
}
