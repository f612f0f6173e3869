import { Command } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { backendsCommand } from './commands/backends.ts';
import { compareCommand } from './commands/compare.ts';
import { compressCommand } from './commands/compress.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/data/init.ts';
import { inspectCommand } from './commands/data/inspect.ts';
import { planCommand } from './commands/plan.ts';
import { predictCommand } from './commands/predict.ts';
import { rankCommand } from './commands/rank.ts';
import { serveCommand } from './commands/serve.ts';
import { trainCommand } from './commands/train.ts';
import { STACK_VARIABLE } from './terminal/failure-text.ts';
import { printableLines } from './terminal/printable-lines.ts';

/** Most characters of a line of a message. */
const MESSAGE = 1000;

/** The `ttrec` command line. */
export function createProgram() {
  const program = new Command('ttrec')
    .description(
      'Train recommendation models whose embedding tables are dense, hashed, tensor trains, or mixtures.',
    )
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', `\n${STACK_VARIABLE}=1 adds the stack trace to error messages.`);
  const commands = [
    inspectCommand(),
    initCommand(),
    trainCommand(),
    compareCommand(),
    evaluateCommand(),
    predictCommand(),
    rankCommand(),
    planCommand(),
    exportCommand(),
    importCommand(),
    compressCommand(),
    serveCommand(),
    backendsCommand(),
  ];
  for (const command of [program, ...commands]) {
    command
      .helpOption('-h, --help', 'print this help')
      .showHelpAfterError(`(see ${command === program ? 'ttrec' : `ttrec ${command.name()}`} --help)`)
      .configureOutput({
        outputError: (text, write) => write(`${printableLines(text.trimEnd(), MESSAGE)}\n`),
      })
      .exitOverride();
  }
  for (const command of commands) program.addCommand(command);
  return program;
}
