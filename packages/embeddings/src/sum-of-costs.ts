import type { TableCost } from './table-kind.ts';

/** What tables cost together, each of them looked up once a row. */
export function sumOfCosts(costs: readonly TableCost[]): TableCost {
  const sum = (field: 'parameters' | 'bytes' | 'trainingBytes' | 'multiplyAddsPerLookup') =>
    costs.reduce((total, cost) => total + cost[field], 0);
  const prefixBytes = costs.reduce((total, cost) => total + (cost.prefixBytes ?? 0), 0);
  return {
    parameters: sum('parameters'),
    bytes: sum('bytes'),
    trainingBytes: sum('trainingBytes'),
    multiplyAddsPerLookup: sum('multiplyAddsPerLookup'),
    ...(prefixBytes > 0 ? { prefixBytes } : {}),
    ...(costs.some(({ inferenceOnly }) => inferenceOnly) ? { inferenceOnly: true } : {}),
  };
}
