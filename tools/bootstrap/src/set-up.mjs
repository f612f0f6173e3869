import { build, isBuilt } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { stateFolder } from './workspace.mjs';

/**
 * Brings the working tree to where the command can run; says and does nothing when it is there already.
 * @param {{ built: boolean }} need whether the command runs what the build makes, or the sources alone
 */
export async function setUp({ built }) {
  const isReady = () => isInstalled() && (!built || isBuilt());
  if (isReady()) return;
  const onWait = (/** @type {string} */ owner) => {
    process.stderr.write(`[setup] waiting for the set-up that ${owner} has begun …\n`);
  };
  await withLock(stateFolder, { onWait }, async () => {
    if (!isInstalled()) await install();
    if (built && !isBuilt()) await build();
  });
}
