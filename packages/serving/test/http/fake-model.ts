import type { ScoringInput, ScoringModel, ScoringResult } from '@ttrec/serving/http';

/** A model whose calls end when the test says so. The logit of a row is `scale` times its first dense number. */
export class FakeModel implements ScoringModel {
  readonly inputs = { columns: [], denseFeatures: 1, features: [] };
  readonly loadedBytes = 4;
  readonly concurrency: number;
  readonly scale: number;
  /** Rows of each call so far. */
  readonly calls: number[] = [];
  isDisposed = false;
  readonly #held: (() => void)[] = [];
  #isHolding = false;

  constructor({ concurrency = 1, scale = 1 } = {}) {
    this.concurrency = concurrency;
    this.scale = scale;
  }

  /** From now on calls wait for `release`. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Ends the first call that waits, or all, and with `all` those to come. */
  release(all = false): void {
    if (all) this.#isHolding = false;
    for (const end of all ? this.#held.splice(0) : this.#held.splice(0, 1)) end();
  }

  async score(inputs: readonly ScoringInput[]): Promise<ScoringResult[]> {
    if (this.isDisposed) throw new Error('scored after its end');
    this.calls.push(inputs.reduce((sum, { size }) => sum + size, 0));
    if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    return inputs.map((input) => {
      if (input.form !== 'encoded') throw new Error('takes encoded rows');
      const logits = Float64Array.from(input.rows.dense, (value) => this.scale * value);
      return { logits, probabilities: logits };
    });
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
  }
}

/** An inference request with dense numbers. */
export function request(...dense: readonly number[]) {
  return {
    inputs: [{ name: 'dense', datatype: 'FP32', shape: [dense.length, 1], data: dense }],
    outputs: [{ name: 'logits' }],
  };
}
