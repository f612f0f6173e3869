import type { TableCost } from './table-kind.ts';

/** What tables cost together, each of them looked up once a row. */
export function sumOfCosts(costs: readonly TableCost[]): TableCost {
  const sum = (field: Exclude<keyof TableCost, 'inferenceOnly'>) =>
    costs.reduce((total, cost) => total + (cost[field] ?? 0), 0);
  return {
    parameters: sum('parameters'),
    bytes: sum('bytes'),
    tensors: sum('tensors'),
    trainingBytes: sum('trainingBytes'),
    hostBytes: sum('hostBytes'),
    prefixBytes: sum('prefixBytes'),
    multiplyAddsPerLookup: sum('multiplyAddsPerLookup'),
    inferenceOnly: costs.some(({ inferenceOnly }) => inferenceOnly),
  };
}
