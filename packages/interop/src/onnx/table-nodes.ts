import { error } from '../error.ts';
import { composedNodes, hotColdNodes, projectedNodes } from './composed-nodes.ts';
import { gatheredNodes } from './gathered-nodes.ts';
import { hashedNodes } from './hashed-nodes.ts';
import type { Value } from './onnx-graph.ts';
import type { TableNodesArgs } from './table-nodes-args.ts';
import { trainNodes } from './train-nodes.ts';

/**
 * Adds what computes the rows of ids, [L, D]: of a dense table by a gather, of a tensor train by a gather from each core and the
 * product of the slices, of integers by the same with a step a row or a slice, of the kinds that send ids on by the graphs of what they
 * send them to. Ids past the end fail in the runtime's Gather, but for the padded rows of a tensor train.
 * @throws `interop/unsupported-kind`
 */
export function tableNodes(table: Omit<TableNodesArgs, 'nested'>): Value {
  const args = { ...table, nested: tableNodes };
  const { config } = args;
  if (config.kind === 'dense') return gatheredNodes(args, 'weight', args.ids, [args.embeddingDim]);
  if (config.kind === 'tt') return trainNodes(args);
  if (config.kind === 'int8' || config.kind === 'int4') return tableNodes({ ...args, config: config.into });
  if (config.kind === 'hash') return hashedNodes(args, config);
  if (config.kind === 'hot-cold') return hotColdNodes(args, config);
  if (config.kind === 'compositional') return composedNodes(args, config);
  if (config.kind === 'low-rank') return projectedNodes(args, { dim: config.rank, into: { kind: 'dense' } });
  if (config.kind === 'mixed-dimension') return projectedNodes(args, config);
  throw error('unsupported-kind', {
    subject: `table "${args.name}"`,
    rule: 'ONNX is written for dense, tt, hash, hot-cold, compositional, low-rank, mixed-dimension, int8 and int4',
    got: config.kind,
    hint: `Export with tables: 'dense', which computes the rows of every table.`,
  });
}
