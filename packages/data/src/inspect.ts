/** What the columns of a file hold, and a config for it. */
export type { ColumnType } from './inspect/column-stats.ts';
export { inspect, type InspectedColumn, type Inspection, type InspectOptions } from './inspect/inspect.ts';
export type { Choice } from './inspect/propose.ts';
