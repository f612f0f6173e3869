import type { DotInteractionArgs, DotInteractionBackwardArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';
import type { Argument, Split } from '../call.ts';

/** Nanoseconds a multiply-add, of all pairs: small products, of which the upper half is computed in vain. */
const MULTIPLY_ADD = 0.08;

/** Cut between examples. */
export function dotInteraction(engine: Engine, args: DotInteractionArgs): void {
  const { features, out } = args;
  engine.run(
    'dotInteraction',
    [
      ...[
        engine.perUnit(engine.block(features), strideOf(features)),
        strideOf(features),
        engine.countOf(features.rows),
      ],
      ...shapeOf(args),
      ...[engine.perUnit(engine.block(out), strideOf(out)), strideOf(out), workspaceFor(engine, args)],
    ],
    splitOf(args),
  );
}

/** Cut between examples. */
export function dotInteractionBackward(engine: Engine, args: DotInteractionBackwardArgs): void {
  const { features, gradOut, gradFeatures } = args;
  engine.run(
    'dotInteractionBackward',
    [
      ...[
        engine.perUnit(engine.block(features), strideOf(features)),
        strideOf(features),
        engine.countOf(features.rows),
      ],
      ...shapeOf(args),
      ...[engine.perUnit(engine.block(gradOut), strideOf(gradOut)), strideOf(gradOut)],
      ...[engine.perUnit(engine.block(gradFeatures), strideOf(gradFeatures)), strideOf(gradFeatures)],
      workspaceFor(engine, args),
    ],
    splitOf(args),
  );
}

type Shape = Omit<DotInteractionArgs, 'out'>;

function shapeOf({ features, featureCount, selfInteraction, passThrough }: Shape): number[] {
  return [featureCount, features.cols / featureCount, Number(selfInteraction), Number(passThrough)];
}

function workspaceFor(engine: Engine, { features, featureCount }: Shape): Argument {
  return engine.workspace(engine.sizes.dotInteractionWorkspace(featureCount, features.cols / featureCount));
}

function splitOf({ features: { rows, cols }, featureCount }: Shape): Split {
  return { units: rows, grain: 4, cost: MULTIPLY_ADD * rows * featureCount * cols, partsPerThread: 4 };
}
