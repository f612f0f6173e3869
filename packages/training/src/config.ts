export { inFileName, MAX_NAME } from './config/folder-name.ts';
export { parseConfig } from './config/parse-config.ts';
export { tableSchema, tablesSchema, type TablesConfig } from './config/table-schema.ts';
export {
  compareConfigSchema,
  DEFAULT_THREADS,
  trainConfigSchema,
  type CompareConfig,
  type Threads,
  type TrainConfig,
  type Variant,
} from './config/train-config.ts';
export { KindModules, type KindModule } from './kinds/kind-modules.ts';
