export { importedPackages, pageExamples, type PageExample } from './examples.ts';
export { fencedBlocks, type Block } from './readme-example.ts';
