export { conformanceCases, conformanceSuite } from './conformance-suite.ts';
export type { ConformanceCase } from './conformance-case.ts';
export { createDryBackend } from './dry-backend.ts';
export { checkRandomCases, checkSameBits, type RandomCases } from './fuzz/check-random-cases.ts';
export { naiveDigits, naiveTrie, type NaiveTrie, type NaiveTrieLevel } from './naive-trie.ts';
export {
  recordingBackend,
  type KernelCall,
  type Recording,
  type RecordingBackend,
} from './recording-backend.ts';
export type { Suite, TestRunner } from './suite.ts';
export { requirementsOf, type Requirements } from './requirements.ts';
export { bagsOf, normals, sampleBags, singles, weighted, type SampleBags } from './sample-bags.ts';
