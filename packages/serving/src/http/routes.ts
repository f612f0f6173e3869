import type { Call } from './call.ts';
import { badRequest, httpError } from './http-error.ts';
import { infer, predict } from './operations/inference.ts';
import {
  load,
  metrics,
  modelConfig,
  modelMetadata,
  modelReady,
  ready,
  repositoryIndex,
  serverMetadata,
  statistics,
  unload,
} from './operations/models.ts';
import { jsonAnswer, type HttpAnswer } from './protocol/infer-answer.ts';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly segments: readonly string[];
  /** Whether it is answered without a token. */
  readonly isOpen?: boolean;
  run(call: Call): Promise<HttpAnswer> | HttpAnswer;
}

const routes: readonly Route[] = [
  ...route('GET', ['v2'], serverMetadata),
  { ...route('GET', ['v2/health/live'], () => jsonAnswer({ live: true }))[0]!, isOpen: true },
  { ...route('GET', ['v2/health/ready'], ready)[0]!, isOpen: true },
  ...route(
    'GET',
    ['v2/models/stats', 'v2/models/:model/stats', 'v2/models/:model/versions/:version/stats'],
    statistics,
  ),
  ...route('GET', ['v2/models/:model', 'v2/models/:model/versions/:version'], modelMetadata),
  ...route('GET', ['v2/models/:model/config', 'v2/models/:model/versions/:version/config'], modelConfig),
  ...route('GET', ['v2/models/:model/ready', 'v2/models/:model/versions/:version/ready'], modelReady),
  ...route('POST', ['v2/models/:model/infer', 'v2/models/:model/versions/:version/infer'], infer),
  ...route('POST', ['v2/repository/index'], repositoryIndex),
  ...route('POST', ['v2/repository/models/:model/load'], load),
  ...route('POST', ['v2/repository/models/:model/unload'], unload),
  ...route('GET', ['v1/models'], ({ repository }) => jsonAnswer({ models: repository.names })),
  ...route('GET', ['v1/models/:model'], modelReady),
  ...route('POST', ['v1/models/:model:predict'], predict),
  ...route('GET', ['docs'], ({ openApi }) => jsonAnswer(openApi)),
  ...route('GET', ['metrics'], metrics),
];

function route(method: Route['method'], paths: readonly string[], run: Route['run']): Route[] {
  return paths.map((path) => ({ method, segments: path.split('/'), run }));
}

/** The route of a request. @throws HttpError: 404 for an unknown path, 405 for another method, 400 for a malformed path */
export function routeOf(
  method: string,
  path: string,
): { route: Route; parameters: Readonly<Record<string, string>> } {
  const segments = path
    .split('?', 1)[0]!
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
  const wanted = method === 'HEAD' ? 'GET' : method;
  const other = new Set<string>();
  for (const route of routes) {
    const parameters = matched(route.segments, segments);
    if (!parameters) continue;
    if (route.method === wanted) return { route, parameters };
    other.add(route.method);
  }
  if (other.size === 0)
    throw httpError(404, 'unknown-path', {
      subject: 'path',
      rule: 'must be one that GET /docs lists',
      got: path,
    });
  const allow = [...other].join(', ');
  throw httpError(405, 'bad-method', { subject: path, rule: `takes ${allow}`, got: method }, { allow });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest('path', 'must be percent-encoded UTF-8', { got: segment });
  }
}

/** The parameters of a path; undefined if it does not match. `:model:predict` takes what stands before `:predict`. */
function matched(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (let i = 0; i < pattern.length; i++) {
    const [expected, given] = [pattern[i]!, segments[i]!];
    if (!expected.startsWith(':')) {
      if (expected !== given) return undefined;
      continue;
    }
    const [, name, verb] = expected.split(':');
    if (given.endsWith(':predict') !== (verb === 'predict')) return undefined;
    parameters[name!] = verb === undefined ? given : given.slice(0, -verb.length - 1);
  }
  return parameters;
}
