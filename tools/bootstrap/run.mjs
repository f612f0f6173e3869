// The entry of the root npm scripts. Runs on the machine's own Node with nothing installed, so it and what it imports use
// node: modules only. Standard output belongs to the command that is started: set-up speaks on stderr.
// The scripts start it with exec and npm's own Node: a shell in between (npm's, or the one that node_modules/.bin/node is)
// would keep signals to itself.
import { commands } from './src/commands.mjs';
import { requireNode } from './src/require-node.mjs';
import { SetupError } from './src/setup-step.mjs';

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
