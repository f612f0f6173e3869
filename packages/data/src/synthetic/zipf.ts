/**
 * Draws ids 0 … n - 1 with probability proportional to (id + 1)^-exponent, exactly, in O(1) time and memory:
 * rejection-inversion (Hörmann and Derflinger 1996, "Rejection-inversion to generate variates from monotone discrete
 * distributions").
 *
 * Ranks k = id + 1 lie under the hat h(x) = x^-exponent, whose integral H is inverted in closed form; with
 * k the integer nearest to H⁻¹(u), u is rejected when it lies above the part of the hat's area that belongs to k.
 */
export class ZipfSampler {
  readonly size: number;
  readonly #exponent: number;
  readonly #low: number;
  readonly #high: number;
  /** Within this distance above H⁻¹(u), k is accepted without computing h(k). */
  readonly #squeeze: number;

  /** `size` n from 1; `exponent` from 0, where 0 is the uniform distribution. */
  constructor(size: number, exponent: number) {
    this.size = size;
    this.#exponent = exponent;
    this.#low = this.#integral(1.5) - 1;
    this.#high = this.#integral(size + 0.5);
    this.#squeeze = 2 - this.#inverse(this.#integral(2.5) - 2 ** -exponent);
  }

  /** Returns the id for a number uniform on [0, 1), or -1 to draw again. */
  accept(uniform: number): number {
    const u = this.#high + uniform * (this.#low - this.#high);
    const x = this.#inverse(u);
    const k = Math.min(this.size, Math.max(1, Math.round(x)));
    const accepted = k - x <= this.#squeeze || u >= this.#integral(k + 0.5) - k ** -this.#exponent;
    return accepted ? k - 1 : -1;
  }

  /** H(x) = (x^(1 - exponent) - 1) / (1 - exponent), and log x in the limit; exact near exponent 1. */
  #integral(x: number): number {
    const logX = Math.log(x);
    const t = (1 - this.#exponent) * logX;
    return Math.abs(t) < 1e-8 ? logX * (1 + t / 2) : Math.expm1(t) / (1 - this.#exponent);
  }

  #inverse(u: number): number {
    const t = (1 - this.#exponent) * u;
    // Rounding may carry t a hair below -1, where the hat ends at infinity.
    return Math.exp(
      Math.abs(t) < 1e-8 ? u * (1 - t / 2) : Math.log1p(Math.max(-1, t)) / (1 - this.#exponent),
    );
  }
}
