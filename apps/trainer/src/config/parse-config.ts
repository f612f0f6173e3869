import { nearest } from '@ttrec/errors';
import { z } from 'zod';
import { error } from '../error.ts';

type Issue = z.core.$ZodIssue;

/**
 * Checks a config against a schema and fills in its defaults.
 *
 * @param source shown in the error: the file's name
 * @throws `trainer/unknown-key`, naming the nearest known key; `trainer/bad-config` for the rest
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') throw unknownKey(schema, path, issue.keys[0]!, source);
  throw error('bad-config', {
    subject: `${source}, ${path.join('.') || 'the whole config'}`,
    rule: issue.message.replace(/^Invalid input: /, ''),
    got: issue.input,
  });
}

/** The issue that says most: of a union that failed, the one in the branch that came furthest. */
function deepest(issues: readonly Issue[]): Issue {
  const expanded = issues.map((issue) => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
    const inner = issue.errors.map((branch) => deepest(branch));
    const best = inner.reduce((a, b) => (rank(b) > rank(a) ? b : a));
    return rank(best) === 0 ? issue : { ...best, path: [...issue.path, ...best.path] };
  });
  return expanded.reduce((a, b) => (rank(b) > rank(a) ? b : a));
}

/** A misspelt key explains what else is missing; after that, the issue that lies deepest. */
function rank(issue: Issue): number {
  return issue.path.length + (issue.code === 'unrecognized_keys' ? 100 : 0);
}

function unknownKey(schema: z.ZodType, path: readonly string[], key: string, source: string): Error {
  const known = keysAt(schema, path);
  const near = nearest(key, known);
  return error('unknown-key', {
    subject: `${source}, ${[...path, key].join('.')}`,
    rule: `must be one of ${known.join(', ')}`,
    got: `the unknown key "${key}"`,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** The keys that the schema knows at a path, over all branches of its unions. */
function keysAt(schema: z.ZodType, path: readonly string[]): string[] {
  const root = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as JsonSchema;
  const expand = (node: JsonSchema): JsonSchema[] => {
    if (node.$ref === '#') return [root];
    if (node.$ref) return expand(root.$defs?.[node.$ref.replace('#/$defs/', '')] ?? {});
    return [node, ...[...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])].flatMap(expand)];
  };
  let nodes = expand(root);
  for (const segment of path) {
    nodes = nodes.flatMap(({ properties, additionalProperties, items }) => {
      const next = properties?.[segment] ?? items ?? additionalProperties;
      return typeof next === 'object' ? expand(next) : [];
    });
  }
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}
