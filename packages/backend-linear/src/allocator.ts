/** Everything starts on a pair of cache lines, which second-level caches fetch together. */
const ALIGNMENT = 128;

interface FreeBlock {
  address: number;
  bytes: number;
}

/**
 * Gives out stretches of one address space and takes them back. Free neighbours become one; the smallest that fits is
 * taken; only when none fits, the space is extended. O(free blocks) a call, and there are few.
 */
export class Allocator {
  /** Ascending by address, no two of them neighbours. */
  readonly #free: FreeBlock[] = [];
  readonly #used = new Map<number, number>();
  readonly #extend: (end: number) => void;
  #end: number;

  /** @param extend makes memory available up to an address; throws if it cannot */
  constructor(start: number, extend: (end: number) => void) {
    this.#end = aligned(start);
    this.#extend = extend;
  }

  /** The address after everything that was ever given out. */
  get end(): number {
    return this.#end;
  }

  /** The address of `bytes` bytes, on a pair of cache lines. */
  allocate(bytes: number): number {
    const size = aligned(Math.max(bytes, 1));
    const at = this.#smallestThatFits(size);
    const address = at === undefined ? this.#append(size) : this.#take(at, size);
    this.#used.set(address, size);
    return address;
  }

  free(address: number): void {
    const bytes = this.#used.get(address)!;
    this.#used.delete(address);
    const found = this.#free.findIndex((block) => block.address > address);
    const at = found === -1 ? this.#free.length : found;
    const before = this.#free[at - 1];
    const after = this.#free[at];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (joinsBefore && joinsAfter) {
      before.bytes += bytes + after.bytes;
      this.#free.splice(at, 1);
    } else if (joinsBefore) {
      before.bytes += bytes;
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.#free.splice(at, 0, { address, bytes });
    }
  }

  #smallestThatFits(size: number): number | undefined {
    let best: number | undefined;
    let bestBytes = Infinity;
    for (const [at, { bytes }] of this.#free.entries()) {
      if (bytes < size || bytes >= bestBytes) continue;
      best = at;
      bestBytes = bytes;
    }
    return best;
  }

  #take(at: number, size: number): number {
    const block = this.#free[at]!;
    const { address } = block;
    block.address += size;
    block.bytes -= size;
    if (block.bytes === 0) this.#free.splice(at, 1);
    return address;
  }

  /** Extends the space, starting in the free block that ends it, if there is one. */
  #append(size: number): number {
    const last = this.#free.at(-1);
    const endsFree = last !== undefined && last.address + last.bytes === this.#end;
    const address = endsFree ? last.address : this.#end;
    this.#extend(address + size);
    if (endsFree) this.#free.pop();
    this.#end = address + size;
    return address;
  }
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
