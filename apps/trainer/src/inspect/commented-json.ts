import type { Inspection } from '@ttrec/data/inspect';

/** A value as indented JSON, with a comment in front of each place that has one. `place` is the path of the value. */
export function commentedJson(
  value: unknown,
  comments: ReadonlyMap<string, string>,
  place = '',
  indent = '',
): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isShort = !hasComment(comments, place) && JSON.stringify(value).length < 60;
  if (isShort) return JSON.stringify(value, undefined, 1).replaceAll(/\n\s*/g, ' ');
  const parts = Object.entries(value).map(([key, part]) => {
    const at = place === '' ? key : `${place}.${key}`;
    const comment = comments.get(at);
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}: `;
    return `${comment === undefined ? '' : `${inner}// ${comment}\n`}${inner}${name}${commentedJson(part, comments, at, inner)}`;
  });
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

function hasComment(comments: ReadonlyMap<string, string>, place: string): boolean {
  return [...comments.keys()].some((key) => place === '' || key.startsWith(`${place}.`));
}

/** The choices of a proposed config by place in a config of `ttrec train`. */
export function commentsOf({ choices }: Inspection): Map<string, string> {
  return new Map(choices.map(({ at, why }) => [`data.${at}`, why]));
}
