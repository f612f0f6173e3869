import { benchCase, type ConformanceCase } from '../conformance-case.ts';
import { absolute } from '../matrix.ts';
import { dotInteractionBackwardOracle, dotInteractionOracle } from '../oracles/dot-interaction.ts';
import type { Workbench } from '../workbench.ts';

interface InteractionShape {
  /** [B, F, D]. */
  readonly size: readonly [number, number, number];
  readonly selfInteraction: boolean;
  readonly passThrough: boolean;
}

async function checkForward(bench: Workbench, { size, ...flags }: InteractionShape): Promise<void> {
  const [rows, featureCount, dim] = size;
  const features = bench.normal(rows, featureCount * dim);
  const options = { featureCount, ...flags };
  const want = dotInteractionOracle({ features, ...options });
  const scale = dotInteractionOracle({ features: absolute(features), ...options });
  const placed = bench.place(features);
  const out = bench.output(rows, want.cols);
  bench.backend.dotInteraction({ features: placed.block, ...options, out: out.block });
  await bench.expectBlock('out', out, want, { scale, terms: dim });
  await bench.expectUnchanged('features', placed);
}

async function checkBackward(bench: Workbench, { size, ...flags }: InteractionShape): Promise<void> {
  const [rows, featureCount, dim] = size;
  const features = bench.normal(rows, featureCount * dim);
  const options = { featureCount, ...flags };
  const gradient = bench.normal(rows, dotInteractionOracle({ features, ...options }).cols);
  const want = dotInteractionBackwardOracle({ features, ...options }, gradient);
  const scale = dotInteractionBackwardOracle(
    { features: absolute(features), ...options },
    absolute(gradient),
  );
  const placed = { features: bench.place(features), gradOut: bench.place(gradient) };
  const gradFeatures = bench.output(rows, features.cols);
  bench.backend.dotInteractionBackward({
    features: placed.features.block,
    ...options,
    gradOut: placed.gradOut.block,
    gradFeatures: gradFeatures.block,
  });
  await bench.expectBlock('gradFeatures', gradFeatures, want, { scale, terms: featureCount + 2 });
  await bench.expectUnchanged('features', placed.features);
  await bench.expectUnchanged('gradOut', placed.gradOut);
}

const sizes = [
  [1, 2, 1],
  [3, 5, 6],
  [2, 9, 17],
  [4, 27, 16],
] as const;

export const dotInteractionCases: readonly ConformanceCase[] = sizes.flatMap((size) =>
  [false, true].flatMap((selfInteraction) =>
    [false, true].flatMap((passThrough) => {
      const self = selfInteraction ? ', with self-pairs' : '';
      const through = passThrough ? ', first feature passed through' : '';
      const name = `B ${size[0]}, F ${size[1]}, D ${size[2]}${self}${through}`;
      const shape = { size, selfInteraction, passThrough };
      return [
        benchCase(`dotInteraction, ${name}`, (bench) => checkForward(bench, shape)),
        benchCase(`dotInteractionBackward, ${name}`, (bench) => checkBackward(bench, shape)),
      ];
    }),
  ),
);
