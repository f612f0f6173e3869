import { product } from '@ttrec/core';
import { parameterCount, type TTShape } from '@ttrec/tensor-train/shapes';
import { error } from '../../error.ts';
import type { OptimizerConfig } from '../../optimizers/optimizer.ts';
import { defineKind, type TableCost } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { grownTT } from '../tt/grow-tt.ts';
import { refuseRowwise, resizedTT } from '../tt/tt.ts';
import type { TTConfig } from '../tt/tt-config.ts';
import { rowMultiplyAdds, shapeOf, sliceShapes } from '../tt/tt-shape.ts';
import { IntegerMatrix, type IntegerMatrixSize } from './integer-matrix.ts';
import { integerTrainingBytes } from './integer-parameter.ts';
import { IntegerTable } from './integer-table.ts';
import { IntegerTT } from './integer-tt.ts';
import { defaultRange, integersSchema, type IntegersConfig } from './integers-config.ts';

/**
 * Trained in integers throughout, as Li, Guo, Zhang, Li and Zhang, "Adaptive Low-Precision Training for Embeddings in Click-Through
 * Rate Prediction", AAAI 2023, do, but with a step that follows from the learning rate instead of being learnt. Each step reads the
 * rows of its batch as float32, updates those, and rounds them to one of the two levels next to each number, at random, so that
 * small changes are kept in the mean.
 */
export const integersKind = defineKind<IntegersConfig>({
  name: 'integers',
  schema: integersSchema,
  cost(config, size, optimizer) {
    const { bits = 8, into } = config;
    if (into?.kind === 'tt') return coresCost(config, into, size, optimizer);
    const { numEmbeddings: rows, embeddingDim: cols } = size;
    const matrix = { bits, rows, cols, per: 'matrix' } as const;
    const trainingBytes = integerTrainingBytes(matrix, optimizer);
    return {
      parameters: rows * cols,
      bytes: IntegerMatrix.bytes(matrix),
      // Codes and steps.
      tensors: 2,
      trainingBytes,
      hostBytes: trainingBytes,
      multiplyAddsPerLookup: 0,
    };
  },
  create({ bits = 8, into, range = defaultRange[bits] }, context) {
    return into?.kind === 'tt' ? new IntegerTT(into, context) : new IntegerTable(context, { bits, range });
  },
  grow: (config, from, numEmbeddings) =>
    config.into?.kind === 'tt' ? { ...config, into: grownTT(config.into, from, numEmbeddings) } : config,
  /** Ranks of a TT; there is nothing to choose in rows. */
  resize(config, size, bytes) {
    const { into } = config;
    if (into?.kind !== 'tt') return config;
    return { ...config, into: resizedTT(into, size, (shape) => bytesOfCores(coresOf(shape)) <= bytes) };
  },
  rows({ bits = 8, into }, graph) {
    if (into?.kind === 'tt') return graph.child(into, {});
    return graph.gather('weight', graph.ids, [graph.embeddingDim], bits);
  },
});

/** Every slice of every core as codes and their step. @throws `embeddings/bad-bits`, `embeddings/bad-prefix-table` */
function coresCost(
  { bits = 8, range }: IntegersConfig,
  into: TTConfig,
  size: TableSize,
  optimizer: OptimizerConfig,
): TableCost {
  refuseForCores('bits', bits !== 8, 'must be 8 with cores, whose rounding errors multiply', bits);
  refuseForCores(
    'range',
    range !== undefined,
    'must be left out with cores, whose steps grow with their numbers',
    range,
  );
  refuseForCores('rate of the table inside', into.rate !== undefined, 'must be left out', into.rate);
  refuseForCores(
    'prefixTable of the table inside',
    into.prefixTable === true,
    'must be left out',
    into.prefixTable,
  );
  refuseRowwise(optimizer);
  const shape = shapeOf(into, size);
  const cores = coresOf(shape);
  const trainingBytes = cores.reduce((sum, core) => sum + integerTrainingBytes(core, optimizer), 0);
  return {
    parameters: parameterCount(shape),
    bytes: bytesOfCores(cores),
    tensors: 2 * cores.length,
    trainingBytes,
    hostBytes: trainingBytes,
    multiplyAddsPerLookup: rowMultiplyAdds(shape),
  };
}

/** A row a slice. */
function coresOf(shape: TTShape): IntegerMatrixSize[] {
  return sliceShapes(shape).map(([rows, ...slice]) => {
    return { bits: 8, rows: rows!, cols: product(slice), per: 'row' };
  });
}

function bytesOfCores(cores: readonly IntegerMatrixSize[]): number {
  return cores.reduce((sum, core) => sum + IntegerMatrix.bytes(core), 0);
}

function refuseForCores(field: string, isWrong: boolean, rule: string, got: unknown): void {
  if (isWrong) throw error('bad-integers', { subject: `table kind "integers", ${field}`, rule, got });
}
