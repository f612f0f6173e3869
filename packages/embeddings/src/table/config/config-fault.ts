import { didYouMean } from '@ttrec/core';
import { formOf, isTable, type FieldSchema, type FieldsSchema, type NumberSchema } from './config-schema.ts';
import { MAX_DEPTH } from './limits.ts';

/** What is wrong with a config, and where. */
export interface ConfigFault {
  /** From the config to the value: `['into', 'ranks', 1]`. */
  readonly path: readonly (string | number)[];
  readonly code: 'unknown-kind' | 'unknown-option' | 'bad-option' | 'bad-into' | 'too-deep';
  readonly rule: string;
  readonly got: unknown;
  readonly hint?: string | undefined;
  /** The table that has the field, and the place of its config in the path. */
  readonly table: { readonly kind: string | undefined; readonly depth: number };
  /** Of a field that does not exist: those that do. */
  readonly known?: readonly string[];
}

/** The schema of each kind. */
export type Schemas = ReadonlyMap<string, FieldsSchema | { readonly oneOf: readonly FieldsSchema[] }>;

/** Finds the first fault of a table's config, those inside included, that its schema alone tells. */
export function configFault(config: unknown, schemas: Schemas): ConfigFault | undefined {
  return new Search(schemas).table(config, []);
}

type Path = ConfigFault['path'];

class Search {
  readonly #schemas: Schemas;
  /** Parts that were found right, of which a config may have the same in many places. */
  readonly #right = new Set<unknown>();
  #table: ConfigFault['table'] = { kind: undefined, depth: 0 };
  #depth = 0;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  table(config: unknown, path: Path, allowed?: readonly string[]): ConfigFault | undefined {
    if (this.#right.has(config) && !allowed) return undefined;
    const around = this.#table;
    const fault = this.#depth++ === MAX_DEPTH ? this.#tooDeep(path) : this.#kindFault(config, path, allowed);
    this.#depth--;
    if (fault) return fault;
    this.#table = around;
    this.#right.add(config);
    return undefined;
  }

  #kindFault(config: unknown, path: Path, allowed: readonly string[] | undefined): ConfigFault | undefined {
    if (!isObject(config)) return this.#bad(path, 'must be an object', config, 'unknown-kind');
    const { kind } = config;
    const schema = this.#schemas.get(kind as string);
    if (!schema || (allowed && !allowed.includes(kind as string))) {
      const known = allowed ?? [...this.#schemas.keys()];
      const rule = kind === undefined ? `is required and ${oneOf(known)}` : oneOf(known);
      const code = allowed ? 'bad-into' : 'unknown-kind';
      return { ...this.#bad([...path, 'kind'], rule, kind, code), hint: didYouMean(kind, known) };
    }
    this.#table = { kind: kind as string, depth: path.length };
    return this.#fields(config, withKind(formOf(schema, config), kind as string), path);
  }

  #fields(value: unknown, schema: FieldsSchema, path: Path): ConfigFault | undefined {
    if (!isObject(value)) return this.#bad(path, 'must be an object', value);
    const { properties, required = [] } = schema;
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(properties, name)) return this.#unknown(name, Object.keys(properties), path);
    }
    for (const name of Object.keys(properties)) {
      const field = properties[name]!;
      if (value[name] !== undefined) {
        const fault = this.#field(value[name], field, [...path, name]);
        if (fault) return fault;
      } else if (required.includes(name)) {
        return this.#bad([...path, name], `is required and ${wordsOf(field)}`, undefined);
      }
    }
    return undefined;
  }

  #field(value: unknown, schema: FieldSchema, path: Path): ConfigFault | undefined {
    if ('$ref' in schema) return this.table(value, path, namedBy(schema));
    if ('properties' in schema) return this.#fields(value, schema, path);
    if ('anyOf' in schema) return this.#anyOf(value, schema.anyOf, path);
    if ('type' in schema && schema.type === 'array' && Array.isArray(value))
      return this.#items(value, schema, path);
    if (fits(value, schema)) return undefined;
    const hint = 'enum' in schema ? didYouMean(value, schema.enum.map(String)) : undefined;
    return { ...this.#bad(path, wordsOf(schema), value), hint };
  }

  #anyOf(value: unknown, branches: readonly FieldSchema[], path: Path): ConfigFault | undefined {
    const kinds = branches.flatMap((branch) => ('$ref' in branch ? (namedBy(branch) ?? []) : []));
    if (kinds.length > 0) return this.table(value, path, kinds);
    const faults = branches.map((branch) => this.#field(value, branch, path));
    if (faults.includes(undefined)) return undefined;
    // A fault inside the value says most.
    return (
      faults.find((fault) => fault!.path.length > path.length) ??
      this.#bad(path, wordsOf({ anyOf: branches }), value)
    );
  }

  #items(
    value: readonly unknown[],
    { items, minItems = 0, maxItems = Infinity }: Extract<FieldSchema, { type: 'array' }>,
    path: Path,
  ): ConfigFault | undefined {
    if (value.length < minItems)
      return this.#bad(path, `must have at least ${minItems} item${minItems === 1 ? '' : 's'}`, value);
    if (value.length > maxItems) return this.#bad(path, `must have at most ${maxItems} items`, value);
    for (const [i, item] of value.entries()) {
      const fault = this.#field(item, items, [...path, i]);
      if (fault) return fault;
    }
    return undefined;
  }

  #bad(path: Path, rule: string, got: unknown, code: ConfigFault['code'] = 'bad-option'): ConfigFault {
    return { path, code, rule, got: got === undefined ? 'nothing' : got, table: this.#table };
  }

  #unknown(name: string, known: readonly string[], path: Path): ConfigFault {
    const rule = `takes only ${known.join(', ')}`;
    return { ...this.#bad(path, rule, name, 'unknown-option'), known, hint: didYouMean(name, known) };
  }

  #tooDeep(path: Path): ConfigFault {
    return this.#bad(path, `must lie at most ${MAX_DEPTH} deep in one another`, 'more', 'too-deep');
  }
}

/** The fields of configs of a kind, which are checked thousands of times while a plan is made. */
const allFields = new WeakMap<FieldsSchema, { readonly kind: string; readonly fields: FieldsSchema }>();

function withKind(form: FieldsSchema, kind: string): FieldsSchema {
  const known = allFields.get(form);
  // Kinds may have one schema in common.
  if (known?.kind === kind) return known.fields;
  const fields = { ...form, properties: { kind: { enum: [kind] }, ...form.properties } };
  allFields.set(form, { kind, fields });
  return fields;
}

/** Whether a number, a flag or a word is what the schema says. */
function fits(value: unknown, schema: FieldSchema): boolean {
  if ('enum' in schema) return schema.enum.includes(value as string);
  if (!isNumber(schema)) return 'type' in schema && schema.type === 'boolean' && typeof value === 'boolean';
  const { type, minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = schema;
  const isOfType = type === 'integer' ? Number.isSafeInteger(value) : typeof value === 'number';
  const number = value as number;
  return isOfType && number >= minimum && number <= maximum && number > exclusiveMinimum;
}

function isNumber(schema: FieldSchema): schema is NumberSchema {
  return 'type' in schema && (schema.type === 'integer' || schema.type === 'number');
}

/** What a value must be. */
function wordsOf(schema: FieldSchema): string {
  if ('anyOf' in schema && !isTable(schema)) {
    const branches = schema.anyOf.map((branch) => wordsOf(branch).replace(/^must be /, ''));
    return `must be ${[...new Set(branches)].join(', or ')}`;
  }
  if ('enum' in schema) return oneOf(schema.enum);
  if (isNumber(schema)) return `must be ${rangeOf(schema)}`;
  if (!('type' in schema)) return 'must be an object';
  return `must be ${schema.type === 'boolean' ? 'true or false' : 'a list'}`;
}

function rangeOf({ type, minimum, maximum, exclusiveMinimum }: NumberSchema): string {
  const noun = type === 'integer' ? 'an integer' : 'a number';
  const from = minimum === undefined ? '' : ` from ${minimum}`;
  const above = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
  const to = maximum === undefined ? '' : ` to ${maximum}`;
  return `${noun}${from}${above}${above && to ? ',' : ''}${to}`;
}

/** The kind that a reference names; undefined for any. */
function namedBy({ $ref }: { readonly $ref: string }): string[] | undefined {
  const name = $ref.replace('#/$defs/', '');
  return name === 'table' ? undefined : [name];
}

function oneOf(words: readonly (string | number)[]): string {
  return `must be ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
