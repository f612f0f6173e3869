import { dlrmShape, type DlrmConfigInput } from './dlrm-config.ts';
import { mlpParameters } from './mlp.ts';

/**
 * Bytes of both MLPs' weights, as stored and as served. With those of the tables (`priceTables`) this is the whole model.
 *
 * @throws what `dlrmShape` throws
 */
export function mlpWeightBytes(config: DlrmConfigInput): number {
  const { bottomSizes, topSizes } = dlrmShape(config);
  return 4 * ((bottomSizes ? mlpParameters(bottomSizes) : 0) + mlpParameters(topSizes));
}
