// The entry of the root npm scripts. Runs on the machine's own Node with nothing installed, so it and what it imports use
// node: modules only. Set-up writes to stderr; stdout belongs to the command that is started.
// The scripts start it with exec, so that no shell stands between npm and this process and keeps signals to itself.
import { commands } from './src/commands.mjs';
import { requireNode } from './src/require-node.mjs';
import { SetupError } from './src/step.mjs';

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;

try {
  requireNode(process.versions.node);
  if (command === undefined) {
    throw new SetupError(`unknown command "${name}", must be one of: ${Object.keys(commands).join(', ')}`);
  }
  await command(args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`[setup] ${error.message}\n`);
  process.exitCode = 1;
}
