/** log(1 + exp(x)). */
function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** The negative log-likelihood of label y under sigmoid(z): `y·softplus(-z) + (1 - y)·softplus(z)`. */
export function bceOracle(z: number, y: number): number {
  return (y === 0 ? 0 : y * softplus(-z)) + (y === 1 ? 0 : (1 - y) * softplus(z));
}

/** Its derivative in z. */
export function bceGradientOracle(z: number, y: number): number {
  return 1 / (1 + Math.exp(-z)) - y;
}
