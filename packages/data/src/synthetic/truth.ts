import { fillNormal, type RandomStream } from '@ttrec/core';
import { PlantedFeature } from './planted-feature.ts';
import { RowStream, type StreamShape } from './row-stream.ts';

export interface TruthParts extends StreamShape {
  readonly rank: number;
  readonly baseRate: number;
  /** Standard deviation of the logit. */
  readonly signal: number;
  /** Shares of the logit's variance. */
  readonly shares: {
    readonly dense: number;
    readonly structure: number;
    readonly noise: number;
    readonly interactions: number;
  };
}

const CALIBRATION_ROWS = 8192;
/** Every third feature takes part in interactions, up to six: a spread of small and large tables. */
const INTERACTION_STRIDE = 3;
const INTERACTION_FEATURES = 6;

/**
 * The probability of a positive label given what is seen of a row:
 *
 * logit = bias + a·Σ β_j x_j + b·Σ_f Σ_r v_f[r] + c·Σ_f noise_f + d·Σ_{f<g} ⟨v_f, v_g⟩
 *
 * where v_f [R] sums the planted embeddings of the ids of feature f, noise_f their noise, and the last sum runs over
 * pairs of some features. The coefficients and the bias are set on 8192 rows drawn apart, so that the logit has
 * the deviation, shares and base rate asked for.
 */
export class Truth {
  readonly #rank: number;
  readonly #weights: Float64Array;
  readonly #features: readonly PlantedFeature[];
  readonly #interacts: readonly boolean[];
  #coefficients: readonly number[] = [0, 0, 0, 0];
  #bias = 0;
  /** Scratch: v_f, and the sum of those that interact. */
  readonly #embedding: Float64Array;
  readonly #sum: Float64Array;
  readonly #terms = new Float64Array(4);

  constructor(parts: TruthParts, stream: RandomStream) {
    this.#rank = parts.rank;
    this.#weights = new Float64Array(parts.dense);
    fillNormal(this.#weights, stream.child('dense'));
    this.#features = parts.cardinalities.map(
      (size, f) => new PlantedFeature(size, parts.rank, stream.child(`feature/${f}`)),
    );
    this.#interacts = parts.cardinalities.map(
      (_, f) => f % INTERACTION_STRIDE === 0 && f < INTERACTION_STRIDE * INTERACTION_FEATURES,
    );
    this.#embedding = new Float64Array(parts.rank);
    this.#sum = new Float64Array(parts.rank);
    this.#calibrate(parts, stream);
  }

  /** The logit of the probability that the current row of `rows` is positive. O(F·R) and a row's ids. */
  logit(rows: RowStream): number {
    return this.#bias + this.#signal(this.#termsOf(rows));
  }

  #signal(terms: Float64Array): number {
    const [a, b, c, d] = this.#coefficients as [number, number, number, number];
    return a * terms[0]! + b * terms[1]! + c * terms[2]! + d * terms[3]!;
  }

  /** The four sums of the logit: dense, structure, noise, interactions. */
  #termsOf(rows: RowStream): Float64Array {
    const terms = this.#terms.fill(0);
    for (let j = 0; j < this.#weights.length; j++) terms[0]! += this.#weights[j]! * rows.dense[j]!;
    this.#sum.fill(0);
    let squares = 0;
    for (let f = 0; f < this.#features.length; f++) {
      const feature = this.#features[f]!;
      const ids = rows.ids[f]!;
      this.#embedding.fill(0);
      for (let i = 0; i < rows.lengths[f]!; i++) {
        feature.addEmbedding(ids[i]!, this.#embedding, terms, 1);
        feature.addNoise(ids[i]!, terms, 2);
      }
      if (this.#interacts[f]) squares += this.#addToSum();
    }
    // The sum over pairs f < g is half of the square of the sum, less its diagonal.
    terms[3] = (squareOf(this.#sum) - squares) / 2;
    return terms;
  }

  /** Adds v_f to the sum of those that interact, and returns its square. */
  #addToSum(): number {
    for (let r = 0; r < this.#rank; r++) this.#sum[r]! += this.#embedding[r]!;
    return squareOf(this.#embedding);
  }

  #calibrate(parts: TruthParts, stream: RandomStream): void {
    const rows = new RowStream(parts, stream.child('calibration'));
    const terms = Array.from({ length: CALIBRATION_ROWS }, (_, row) => {
      rows.seek(row);
      return this.#termsOf(rows).slice();
    });
    const { dense, structure, noise, interactions } = parts.shares;
    const coefficients = [dense, structure, noise, interactions].map((share, k) => {
      const deviation = deviationOf(terms.map((term) => term[k]!));
      return deviation > 0 ? Math.sqrt(share) / deviation : 0;
    });
    this.#coefficients = coefficients;
    const total = deviationOf(terms.map((term) => this.#signal(term)));
    this.#coefficients = coefficients.map((coefficient) =>
      total > 0 ? (coefficient * parts.signal) / total : 0,
    );
    const signals = terms.map((term) => this.#signal(term));
    this.#bias = biasFor(parts.baseRate, signals);
  }
}

/** The bias at which the mean probability is `baseRate`, by bisection. */
function biasFor(baseRate: number, signals: readonly number[]): number {
  let [low, high] = [-100, 100];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    const mean = signals.reduce((sum, signal) => sum + sigmoid(middle + signal), 0) / signals.length;
    if (mean < baseRate) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function squareOf(vector: Float64Array): number {
  let square = 0;
  for (let r = 0; r < vector.length; r++) square += vector[r]! * vector[r]!;
  return square;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
