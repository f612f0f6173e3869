import { SetupError } from './step.mjs';

const MINIMUM = [20, 19];

/**
 * Refuses a Node that is too old to start the set-up.
 * @param {string} version such as `20.19.0`
 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = MINIMUM;
  if (major < minimumMajor || (major === minimumMajor && minor < minimumMinor)) {
    throw new SetupError(`Node must be at least ${MINIMUM.join('.')}, got ${version}`);
  }
}
