import { counted } from '@ttrec/core';
import { interactionWidth } from '@ttrec/backend/kernels';
import type { InteractionConfig } from '@ttrec/dlrm';
import { error } from '../error.ts';

const CANDIDATES: readonly InteractionConfig[] = [
  { kind: 'dot', selfInteraction: false },
  { kind: 'dot', selfInteraction: true },
  { kind: 'cat' },
];

interface Widths {
  /** Inputs of the top MLP. */
  readonly width: number;
  readonly features: number;
  readonly embeddingDim: number;
  readonly hasDense: boolean;
}

/**
 * Returns the interaction whose output has the width of the top MLP's input.
 * @throws `interop/unknown-interaction` if none has, or several have and none was chosen
 */
export function inferInteraction(
  subject: string,
  widths: Widths,
  chosen: InteractionConfig | undefined,
): InteractionConfig {
  const fitting = (chosen === undefined ? CANDIDATES : [chosen]).filter(
    (interaction) => widthOf(interaction, widths) === widths.width,
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const rule = `the interaction must give the ${counted(widths.width, 'input')} of the top MLP, of ${counted(widths.features, 'table')} with ${counted(widths.embeddingDim, 'column')}`;
  throw error('unknown-interaction', {
    subject,
    rule,
    got: fitting.length === 0 ? (chosen ?? 'none that does') : fitting,
    hint: fitting.length > 1 ? 'Choose one of these.' : undefined,
  });
}

function widthOf(interaction: InteractionConfig, { features, embeddingDim, hasDense }: Widths): number {
  const vectors = features + (hasDense ? 1 : 0);
  if (interaction.kind !== 'dot') return interaction.kind === 'cat' ? vectors * embeddingDim : NaN;
  return interactionWidth({
    featureCount: vectors,
    featureCols: vectors * embeddingDim,
    selfInteraction: interaction.selfInteraction ?? false,
    passThrough: hasDense,
  });
}
