import type { TableCost } from './table-kind.ts';

/** What tables cost together, each of them looked up once a row. */
export function sumOfCosts(costs: readonly TableCost[]): TableCost {
  const sum = (field: 'parameters' | 'bytes' | 'trainingBytes' | 'multiplyAddsPerLookup') =>
    costs.reduce((total, cost) => total + cost[field], 0);
  const rest = (field: 'prefixBytes' | 'hostBytes') => {
    const total = costs.reduce((all, cost) => all + (cost[field] ?? 0), 0);
    return total > 0 ? { [field]: total } : {};
  };
  return {
    parameters: sum('parameters'),
    bytes: sum('bytes'),
    trainingBytes: sum('trainingBytes'),
    multiplyAddsPerLookup: sum('multiplyAddsPerLookup'),
    ...rest('prefixBytes'),
    ...rest('hostBytes'),
    ...(costs.some(({ inferenceOnly }) => inferenceOnly) ? { inferenceOnly: true } : {}),
  };
}
