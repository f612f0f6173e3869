import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifPresent } from './file-error.ts';
import { identityText, ownIdentity, parseIdentity, processState } from './process-identity.ts';

const TEMPORARY = /^(?<target>.+)\.tmp-(?<owner>[0-9a-z.]+)-[0-9a-f-]{8,}$/;

/** What another machine has not touched for this long is taken for left behind. */
const SILENT_AFTER_MS = 600_000;

/** A name beside `path` that is unused and says which process uses it. */
export function temporaryName(path: string): string {
  return `${path}.tmp-${identityText(ownIdentity())}-${randomBytes(4).toString('hex')}`;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Removes temporary files and folders in `folder`. What cannot be removed stays and does no harm.
 * @param rule by the name that the temporary one was to become: whether it goes in any case, or only when the process that
 *   wrote it has ended; undefined leaves it alone
 */
export async function sweepTemporaries(
  folder: string,
  rule: (target: string) => 'always' | 'abandoned' | undefined,
): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const groups = TEMPORARY.exec(name)?.groups;
    const when = groups && rule(groups['target']!);
    if (when === undefined) continue;
    const path = join(folder, name);
    if (when === 'always' || (await isAbandoned(path, groups!['owner']!))) await removeQuietly(path);
  }
}

async function isAbandoned(path: string, owner: string): Promise<boolean> {
  const identity = parseIdentity(owner);
  const state = identity === undefined ? 'unknown' : processState(identity);
  if (state !== 'unknown') return state === 'gone';
  const found = await ifPresent(stat(path)).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > SILENT_AFTER_MS;
}

/** For cleaning up behind a failure, which is what the caller must hear of, not of this. */
export async function removeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
