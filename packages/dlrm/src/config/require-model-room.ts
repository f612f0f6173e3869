import { checkChoice } from '@ttrec/core/options';
import type { PricedTable } from '@ttrec/embeddings';
import {
  optimizerRules,
  pricesOf,
  requireRoom,
  tableDemands,
  type Demand,
  type TableSharding,
} from '@ttrec/embeddings/model';
import {
  completeConfig,
  scoringShape,
  type DlrmConfig,
  type DlrmConfigInput,
  type DlrmOptions,
} from '../dlrm-config.ts';
import { interactionParameters } from '../interaction/interaction-config.ts';
import { copiesOf, mlpBytes } from '../layers/mlp-bytes.ts';
import { error } from '../error.ts';
import { wideOptimizer } from '../network.ts';
import { wideTables } from '../wide-term.ts';

/** Refuses a model that the backend cannot hold, before anything of it is allocated. */
export function requireModelRoom(
  { backend, sharding }: Pick<DlrmOptions, 'backend' | 'sharding'>,
  config: DlrmConfig,
): void {
  requireRoom(backend, modelDemands(config, sharding));
}

/**
 * What the parts of a model take in training; nothing is allocated.
 *
 * @param sharding of tables, of which a worker holds a part
 * @throws what `dlrmShape` and `cost` of @ttrec/embeddings throw
 */
export function modelDemands(input: DlrmConfigInput, sharding?: TableSharding): Demand[] {
  const config = completeConfig(input);
  const { bottomSizes, topSizes, vectors } = scoringShape(config);
  const held = (priced: readonly PricedTable[]) => tableDemands(sharding?.held(priced) ?? priced);
  const { tables, embeddingDim, optimizer, wide, interaction } = config;
  checkRules(config);
  const demands = held(pricesOf(tables, embeddingDim, optimizer.embeddings));
  if (wide) demands.push(...held(pricesOf(wideTables(tables, wide), 1, wideOptimizer(config))));
  if (bottomSizes) demands.push({ name: 'bottomMlp', bytes: mlpBytes(bottomSizes, optimizer.dense) });
  demands.push({ name: 'topMlp', bytes: mlpBytes(topSizes, optimizer.dense) });
  const crossed = interactionParameters(interaction, vectors * embeddingDim);
  if (crossed > 0) demands.push({ name: 'interaction', bytes: 4 * copiesOf(optimizer.dense) * crossed });
  return demands;
}

/** The rest of an optimizer concerns training alone, and is checked there. */
function checkRules({ optimizer }: DlrmConfig): void {
  const given = optimizer as unknown as Partial<Record<string, { rule?: unknown } | null>> | null;
  for (const part of ['embeddings', 'dense', 'wide']) {
    const config = given?.[part] ?? (part === 'wide' ? given?.['embeddings'] : null);
    checkChoice(error, 'bad-option', `optimizer.${part}, rule`, config?.rule, optimizerRules);
  }
}
