import { error } from '../error.ts';
import { composedNodes, hotColdNodes, projectedNodes } from './composed-nodes.ts';
import { gatheredNodes } from './gathered-nodes.ts';
import { hashedNodes } from './hashed-nodes.ts';
import type { Value } from './onnx-graph.ts';
import type { TableNodesArgs } from './table-nodes-args.ts';
import { ttNodes } from './tt-nodes.ts';

/**
 * The rows of ids, float32 [L, D]. A dense table is one gather, a TT a gather from each core and the product of the slices;
 * integers are gathered and multiplied by their scale. Kinds that contain other tables add the nodes of those. Ids have been checked.
 * @throws `interop/unsupported-kind`
 */
export function tableNodes(table: Omit<TableNodesArgs, 'nested'>): Value {
  const args = { ...table, nested: tableNodes };
  const { config } = args;
  if (config.kind === 'dense') return gatheredNodes(args, 'weight', args.ids, [args.embeddingDim]);
  if (config.kind === 'tt') return ttNodes(args);
  if (config.kind === 'int8' || config.kind === 'int4') return tableNodes({ ...args, config: config.into });
  if (config.kind === 'hash') return hashedNodes(args, config);
  if (config.kind === 'hot-cold') return hotColdNodes(args, config);
  if (config.kind === 'compositional') return composedNodes(args, config);
  if (config.kind === 'low-rank') return projectedNodes(args, { dim: config.rank, into: { kind: 'dense' } });
  if (config.kind === 'mixed-dimension') return projectedNodes(args, config);
  throw error('unsupported-kind', {
    subject: `table "${args.name}"`,
    rule: 'kinds exported to ONNX are dense, tt, hash, hot-cold, compositional, low-rank, mixed-dimension, int8 and int4',
    got: config.kind,
    hint: `Export with tables: 'dense', which computes the rows of every table.`,
  });
}
