/** Between two lines about the same thing. */
const PAUSE_MS = 2000;

/**
 * How far pnpm is, at most a line every other second, and the last.
 * @param {() => number} [now] milliseconds
 * @returns {(line: string) => string | undefined}
 */
export function briefInstall(now = () => performance.now()) {
  let next = -Infinity;
  return (line) => {
    const progress = /Progress: resolved \d+, reused (\d+), downloaded (\d+), added (\d+)(, done)?/.exec(
      line,
    );
    if (progress === null) return undefined;
    const [, reused = '', downloaded = '', added = '', done] = progress;
    if (done === undefined && now() < next) return undefined;
    next = now() + PAUSE_MS;
    const stored = reused === '0' ? '' : `${reused} from the store of pnpm, `;
    return `${stored}${downloaded} packages downloaded, ${added} in place`;
  };
}

/**
 * The package that turbo starts to build.
 * @param {string} line
 */
export function briefBuild(line) {
  return /^(\S+):build: cache miss/.exec(line)?.[1];
}
