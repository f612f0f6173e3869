import { didYouMean } from '@ttrec/core';
import { chooseIssue, describeIssue } from '@ttrec/core/json';
import { z } from 'zod';
import { error } from '../error.ts';

/**
 * Checks a config against a schema and fills in its defaults.
 *
 * @param source shown in the error: the file's name
 * @throws `training/unknown-key`, naming the nearest known key; `training/bad-config` for the rest
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = chooseIssue(result.error.issues);
  const path = issue.path.map(String);
  if (issue.keys) {
    throw unknownKey(keysAt(schema, path, value), path, issue.keys[0]!, source);
  }
  const { known, hint } = (issue.params ?? {}) as TableFault;
  if (known) throw unknownKey(known, path, String(issue.input), source);
  const described = describeIssue(issue);
  throw error('bad-config', {
    subject: `${source}, ${path.join('.') || 'the whole config'}`,
    ...described,
    hint: hint ?? described.hint,
  });
}

/** What `checkTables` adds to an issue. */
interface TableFault {
  readonly hint?: string;
  /** Of an unknown key. */
  readonly known?: readonly string[];
}

function unknownKey(known: readonly string[], path: readonly string[], key: string, source: string): Error {
  return error('unknown-key', {
    subject: `${source}, ${[...path, key].join('.')}`,
    rule: `must be one of ${known.join(', ')}`,
    got: `the unknown key "${key}"`,
    hint: didYouMean(key, known),
  });
}

interface JsonSchema {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** The keys that the schema knows at a path, over the branches of its unions that the value's `kind` or the like allows. */
function keysAt(schema: z.ZodType, path: readonly string[], value: unknown): string[] {
  const root = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as JsonSchema;
  const expand = (node: JsonSchema): JsonSchema[] => {
    if (node.$ref === '#') return [root];
    if (node.$ref) return expand(root.$defs?.[node.$ref.replace('#/$defs/', '')] ?? {});
    return [node, ...[...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])].flatMap(expand)];
  };
  let at = value;
  let nodes = expand(root).filter((node) => allows(node, at));
  for (const segment of path) {
    at = (at as Record<string, unknown>)[segment];
    nodes = nodes.flatMap(({ properties, additionalProperties, items }) => {
      const next = properties?.[segment] ?? items ?? additionalProperties;
      return typeof next === 'object' ? expand(next).filter((node) => allows(node, at)) : [];
    });
  }
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** False for the branch of another `kind`. */
function allows({ properties = {} }: JsonSchema, value: unknown): boolean {
  return Object.entries(properties).every(
    ([key, { const: only }]) => only === undefined || (value as Record<string, unknown>)[key] === only,
  );
}
