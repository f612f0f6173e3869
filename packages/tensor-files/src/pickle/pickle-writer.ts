/** Writes some opcodes of pickle protocol 2, in the order of the calls. */
export class PickleWriter {
  readonly #parts: Uint8Array[] = [Uint8Array.of(0x80, 2)];

  /** A name in Python. */
  global(module: string, name: string): this {
    return this.#text('c').#text(`${module}\n${name}\n`);
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.#text('X').#uint32(bytes.length).#push(bytes);
  }

  /** A safe integer, 0 or above. */
  integer(value: number): this {
    if (value < 256) return this.#push(Uint8Array.of('K'.charCodeAt(0), value));
    if (value < 2 ** 31) return this.#text('J').#uint32(value);
    // Eight bytes in two's complement, whose highest bit is free below 2^53.
    const bytes = new Uint8Array(10);
    bytes.set([0x8a, 8]);
    new DataView(bytes.buffer).setBigUint64(2, BigInt(value), true);
    return this.#push(bytes);
  }

  false(): this {
    return this.#push(Uint8Array.of(0x89));
  }

  /** A tuple of the values that `items` writes. */
  tuple(items: () => void): this {
    this.#text('(');
    items();
    return this.#text('t');
  }

  /** Calls the global below with the tuple on top. */
  reduce(): this {
    return this.#text('R');
  }

  /** Replaces the tuple on top by the reader's object for it. */
  persistentId(): this {
    return this.#text('Q');
  }

  /** Adds the keys and values that `items` writes to the dictionary below. */
  setItems(items: () => void): this {
    this.#text('(');
    items();
    return this.#text('u');
  }

  /** Returns the pickle. */
  end(): Uint8Array {
    this.#text('.');
    const bytes = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #text(letters: string): this {
    return this.#push(new TextEncoder().encode(letters));
  }

  #uint32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return this.#push(bytes);
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
}
