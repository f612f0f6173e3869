export { importedPackages, pageExamples, type PageExample } from './examples.ts';
export { runExample } from './run-example.ts';
export { fencedBlocks, type Block } from './readme-example.ts';
