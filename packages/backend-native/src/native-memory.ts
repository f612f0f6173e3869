import { LinearMemory } from '@ttrec/backend-linear';
import type { NativeMachine } from './addon.ts';
import { error } from './error.ts';

/** Memory is made usable in steps of at least this many bytes. */
const STEP = 2 ** 25;
/** From this size on, memory that is freed goes back to the system, in whole pages. */
const LARGE = 2 ** 26;
/** The largest page of the processors that are supported, so that no neighbour shares one. */
const PAGE = 2 ** 16;

/** The memory of a native machine: a range of addresses that becomes usable as it is given out. */
export class NativeMemory extends LinearMemory {
  readonly #machine: NativeMachine;
  readonly #bytesOf = new Map<number, number>();

  /** @param bytes how long the range is */
  constructor(machine: NativeMachine, bytes: number) {
    const limit = machine.start + bytes;
    let usable = machine.start;
    const extend = (end: number): void => {
      if (end <= usable) return;
      if (end > limit) throw new RangeError(`${end - machine.start} bytes are more than ${bytes}`);
      // The system makes whole pages usable, from the start of one.
      const wanted = Math.min(Math.ceil(Math.max(end, usable + STEP) / PAGE) * PAGE, limit);
      if (!machine.commit(wanted)) throw new RangeError('the system has no memory left');
      usable = wanted;
    };
    super({ start: machine.start, extend, outOfWorkspace });
    this.#machine = machine;
  }

  override allocate(bytes: number): { readonly address: number; readonly used: number } {
    const given = super.allocate(bytes);
    this.#bytesOf.set(given.address, bytes);
    this.#machine.mark?.(given.address, bytes, true);
    return given;
  }

  /** The address of `bytes` bytes that are zero. Throws a RangeError when they cannot be had. */
  allocateZeroed(bytes: number): number {
    const { address, used } = this.allocate(bytes);
    if (used > 0) this.#clear(address, used);
    return address;
  }

  override free(address: number): void {
    const bytes = this.#bytesOf.get(address)!;
    this.#bytesOf.delete(address);
    if (bytes >= LARGE) this.#discard(address, bytes);
    this.#machine.mark?.(address, bytes, false);
    super.free(address);
  }

  #clear(address: number, bytes: number): void {
    if (bytes >= LARGE) this.#discard(address, bytes);
    else this.#machine.zero(address, bytes);
  }

  /** Clears a stretch; its whole pages go back to the system. */
  #discard(address: number, bytes: number): void {
    const start = Math.ceil(address / PAGE) * PAGE;
    const end = Math.floor((address + bytes) / PAGE) * PAGE;
    this.#machine.zero(address, start - address);
    this.#machine.discard(start, end - start);
    this.#machine.zero(end, address + bytes - end);
  }
}

function outOfWorkspace(bytes: number, cause: unknown): Error {
  return error('out-of-memory', {
    subject: 'working memory of a kernel',
    rule: 'must be what the engine has left beside the buffers',
    got: `${bytes} bytes`,
    hint: 'Use smaller batches or tables.',
    cause,
  });
}
