import { completeConfig, dlrmShape, type DlrmConfigInput } from './dlrm-config.ts';
import { interactionParameters } from './interaction/interaction-config.ts';
import { mlpParameters } from './layers/mlp-bytes.ts';

/**
 * Bytes of all weights outside the tables, as stored and as served: the MLPs, the cross network, and the dense columns of the
 * wide term. With those of the tables (`priceTables`) this is the whole model.
 *
 * @throws what `dlrmShape` throws
 */
export function denseWeightBytes(config: DlrmConfigInput): number {
  const { bottomSizes, topSizes, vectors } = dlrmShape(config);
  const { interaction, embeddingDim, denseFeatures, wide } = completeConfig(config);
  const mlps = (bottomSizes ? mlpParameters(bottomSizes) : 0) + mlpParameters(topSizes);
  return 4 * (mlps + interactionParameters(interaction, vectors * embeddingDim) + (wide ? denseFeatures : 0));
}
