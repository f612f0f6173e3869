import { error } from '../../error.ts';
import { stateLength, type OptimizerConfig } from '../../optimizers/optimizer.ts';
import { largestConfig } from '../../table/config/largest-config.ts';
import type { TableConfig } from '../../table/config/table-config.ts';
import type { TableChild, TableKind } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { ProjectedTable } from './projected-table.ts';

/** A table of `dim` columns, projected to D by a matrix [dim, D] that all rows share. */
interface Projected {
  /** The kind that the config names, for errors. */
  readonly kind: string;
  /** The field of the config that has `dim`. */
  readonly field: string;
  readonly dim: number;
  readonly inner: TableConfig;
}

/** What kinds of projected tables have in common. @param withDim the config with another `dim` */
export function projectedKind<Config>(
  projected: (config: Config) => Projected,
  withDim: (config: Config, dim: number) => Config & TableConfig,
): Pick<Required<TableKind<Config>>, 'children' | 'cost' | 'create' | 'resize' | 'rows'> {
  return {
    children: (config, size) => [childOf(projected(config), size)],
    cost(config, { embeddingDim }, optimizer, [inner]) {
      const { kind, dim } = projected(config);
      refuseRowwise(kind, optimizer);
      const parameters = dim * embeddingDim;
      const state = stateLength(optimizer, dim, embeddingDim);
      return {
        ...inner!,
        parameters: inner!.parameters + parameters,
        bytes: inner!.bytes + 4 * parameters,
        tensors: inner!.tensors + 1,
        trainingBytes: inner!.trainingBytes + 4 * (parameters + state),
        multiplyAddsPerLookup: inner!.multiplyAddsPerLookup + parameters,
      };
    },
    create: (config, context, [inner]) => new ProjectedTable(projected(config).dim, context, inner!),
    resize: (config, size, bytes, tables) =>
      largestConfig((dim) => withDim(config, dim), {
        least: 1,
        most: size.embeddingDim,
        bytes,
        bytesOf: (resized) => tables.bytes(resized, size),
      }),
    rows(config, graph) {
      const { config: inner, ...child } = childOf(projected(config), graph);
      return graph.project(graph.child(inner, child), 'projection');
    },
  };
}

function childOf(
  { kind, field, dim, inner }: Projected,
  { numEmbeddings, embeddingDim }: TableSize,
): TableChild {
  if (dim <= embeddingDim) return { name: 'into', config: inner, size: { numEmbeddings, embeddingDim: dim } };
  throw error('bad-dim', {
    subject: `table kind "${kind}", ${field}`,
    rule: `must be an integer from 1 to the embedding dimension ${embeddingDim}`,
    got: dim,
  });
}

/** Every row of the table is a mixture of all rows of the projection, so one step size for one of them has no meaning. */
function refuseRowwise(kind: string, { rule }: OptimizerConfig): void {
  if (!rule.startsWith('rowwise-')) return;
  throw error('unsupported-optimizer', {
    subject: `table kind "${kind}"`,
    rule: 'trains with sgd, adagrad, adam or ftrl, for its projection has no rows of the table',
    got: rule,
    hint: `Choose "${rule.slice('rowwise-'.length)}".`,
  });
}
