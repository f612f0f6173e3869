import type { TableConfig } from './table-config.ts';

/** A table inside another, of any kind. */
export const anyTable = { $ref: '#/$defs/table' } as const;

/** A table inside another, of one of these kinds. */
export function tableOf(...kinds: readonly string[]): { readonly anyOf: readonly FieldSchema[] } {
  return { anyOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })) };
}

/** What a field of a config may be, in the words of JSON Schema. */
export type FieldSchema =
  | NumberSchema
  | { readonly type: 'boolean' }
  | { readonly enum: readonly (string | number)[] }
  | {
      readonly type: 'array';
      readonly items: FieldSchema;
      readonly minItems?: number;
      readonly maxItems?: number;
    }
  | FieldsSchema
  | { readonly anyOf: readonly FieldSchema[]; readonly default?: TableConfig }
  | TableField;

export interface NumberSchema {
  readonly type: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** A table inside, with the config that it has by default. */
export interface TableField {
  readonly $ref: string;
  readonly default?: TableConfig;
}

/** An object whose fields are known: others are rejected. */
export interface FieldsSchema {
  readonly properties: Readonly<Record<string, FieldSchema>>;
  /** None by default. */
  readonly required?: readonly string[];
}

/** The fields of a config beside `kind`. */
export type FieldsOf<Config> = Config extends unknown
  ? {
      readonly properties: { readonly [Field in Exclude<keyof Config, 'kind'>]-?: FieldSchema };
      readonly required?: readonly Exclude<keyof Config, 'kind'>[];
    }
  : never;

/**
 * The fields of a config beside `kind`, or of each of its forms, which a field with an `enum` of one word tells apart. A
 * rule that depends on the size of the table belongs to `cost`.
 */
export type ConfigSchema<Config> = FieldsOf<Config> | { readonly oneOf: readonly FieldsOf<Config>[] };

/** Whether a field is a table inside, or a list of tables. */
export function isTable(field: FieldSchema): boolean {
  if ('items' in field) return isTable(field.items);
  return '$ref' in field || ('anyOf' in field && field.anyOf.some(isTable));
}

/** The form of a schema that a config is meant to have: the one whose words of choice it has, or else the first. */
export function formOf(
  schema: FieldsSchema | { readonly oneOf: readonly FieldsSchema[] },
  config: object,
): FieldsSchema {
  if (!('oneOf' in schema)) return schema;
  const [first] = schema.oneOf as readonly [FieldsSchema];
  const form = schema.oneOf.find(({ properties }) =>
    Object.entries(properties).every(([name, field]) => {
      const only = 'enum' in field && field.enum.length === 1 ? field.enum[0] : undefined;
      return only === undefined || (config as Record<string, unknown>)[name] === only;
    }),
  );
  return form ?? withAllWords(first, schema.oneOf);
}

/** A form whose words of choice are those of all forms, to say what there is. */
function withAllWords({ properties }: FieldsSchema, forms: readonly FieldsSchema[]): FieldsSchema {
  const choices = Object.entries(properties).flatMap(([name, field]) => {
    if (!('enum' in field) || field.enum.length !== 1) return [];
    const words = forms.flatMap((form) => (form.properties[name] as typeof field).enum);
    return [[name, { enum: words }] as const];
  });
  const all = Object.assign({}, ...forms.map((form) => form.properties)) as FieldsSchema['properties'];
  return {
    properties: { ...all, ...Object.fromEntries(choices) },
    required: choices.map(([name]) => name),
  };
}
