/**
 * The configs of all kinds, by name. A kind adds its own, in its file, so that TypeScript checks the configs that name it:
 *
 * ```ts
 * declare module '@ttrec/embeddings/kind' {
 *   interface TableConfigs {
 *     grouped: GroupedConfig;
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- every kind merges its config into it
export interface TableConfigs {}

/** How the rows of a table are stored: a small expression. */
export type TableConfig = TableConfigs[keyof TableConfigs];
