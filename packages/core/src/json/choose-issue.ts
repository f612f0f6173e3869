import type { SchemaIssue } from './describe-issue.ts';

/**
 * The issue that says most. A misspelt key explains what else is missing, so it comes first; then the issue that lies deepest.
 * A union is read as the branch that its author was nearest to.
 */
export function chooseIssue(issues: readonly SchemaIssue[]): SchemaIssue {
  return issues.map(withinUnion).reduce((a, b) => (weight(b) > weight(a) ? b : a));
}

function weight(issue: SchemaIssue): number {
  return issue.path.length + (issue.code === 'unrecognized_keys' ? 100 : 0);
}

/** Of a union that failed, the issue in its nearest branch; the union itself when none was entered. */
function withinUnion(issue: SchemaIssue): SchemaIssue {
  const { errors = [] } = issue;
  if (issue.code !== 'invalid_union' || errors.length === 0) return issue;
  const entered = errors.filter((branch) => branch.some(isInside));
  if (entered.length === 0) return issue;
  const least = Math.min(...entered.map(faults));
  const nearest = entered.filter((branch) => faults(branch) === least);
  const inner = chooseIssue(nearest[0]!);
  const merged = alternatives(inner, entered) ?? missing(nearest) ?? inner;
  return { ...merged, path: [...issue.path, ...merged.path] };
}

/** Whether the issue is about something in the value, so that the value as a whole is of the branch's type. */
function isInside(issue: SchemaIssue): boolean {
  return issue.path.length > 0 || ['unrecognized_keys', 'too_small', 'too_big'].includes(issue.code ?? '');
}

function faults(branch: readonly SchemaIssue[]): number {
  return branch.reduce((n, issue) => n + (issue.keys?.length ?? 1), 0);
}

/** A key that tells the branches apart, such as `by`: what any of them would take. */
function alternatives(
  inner: SchemaIssue,
  branches: readonly (readonly SchemaIssue[])[],
): SchemaIssue | undefined {
  if (inner.code !== 'invalid_value') return undefined;
  const at = inner.path.join('.');
  const same = branches.map((branch) =>
    branch.find((issue) => issue.code === 'invalid_value' && issue.path.join('.') === at),
  );
  const values = same.flatMap((issue) => issue?.values ?? []);
  return { ...inner, values };
}

/** Branches that lack one key each: any of these keys would do. */
function missing(branches: readonly (readonly SchemaIssue[])[]): SchemaIssue | undefined {
  const only = branches.map((branch) => branch[0]!);
  if (branches.length < 2 || branches.some((branch) => branch.length > 1)) return undefined;
  if (only.some(({ input, path }) => input !== undefined || path.length !== 1)) return undefined;
  const keys = only.map(({ path }) => `"${String(path[0])}"`).join(', ');
  return { code: 'custom', path: [], message: `must have one of the keys ${keys}`, input: 'none of them' };
}
