export { CollisionLoss } from './losses/collision-loss.ts';
export {
  countedFrequencies,
  followsFrequency,
  Frequencies,
  zipfFrequencies,
  type FrequencyBlock,
} from './losses/frequencies.ts';
export { TTLoss, type Factored } from './losses/tt-loss.ts';
export {
  growing,
  isOptionGenerator,
  largestThatFits,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from './options/option-generator.ts';
