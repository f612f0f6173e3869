import type { DotInteractionArgs, DotInteractionBackwardArgs } from '@ttrec/backend';
import { strideOf, type Engine } from './engine.ts';

export function dotInteraction(engine: Engine, args: DotInteractionArgs): void {
  const { features, out } = args;
  engine.kernels.dotInteraction(
    ...[engine.block(features), strideOf(features), features.rows, ...shapeOf(args)],
    ...[engine.block(out), strideOf(out), workspaceFor(engine, args)],
  );
}

export function dotInteractionBackward(engine: Engine, args: DotInteractionBackwardArgs): void {
  const { features, gradOut, gradFeatures } = args;
  engine.kernels.dotInteractionBackward(
    ...[engine.block(features), strideOf(features), features.rows, ...shapeOf(args)],
    ...[engine.block(gradOut), strideOf(gradOut), engine.block(gradFeatures), strideOf(gradFeatures)],
    workspaceFor(engine, args),
  );
}

type Shape = Omit<DotInteractionArgs, 'out'>;

function shapeOf({ features, featureCount, selfInteraction, passThrough }: Shape): number[] {
  return [featureCount, features.cols / featureCount, Number(selfInteraction), Number(passThrough)];
}

function workspaceFor({ kernels, memory }: Engine, { features, featureCount }: Shape): number {
  return memory.workspace(kernels.dotInteractionWorkspace(featureCount, features.cols / featureCount));
}
