import { Command } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { STACK_VARIABLE } from './terminal/failure-text.ts';
import { printableLines } from './terminal/printable-lines.ts';

/** Most characters of a line of a message. */
const MESSAGE = 1000;

/** Each command is loaded when it runs: all of them, with their libraries, are more than a thousand modules. */
const COMMANDS = {
  inspect: async () => (await import('./commands/data/inspect.ts')).inspectCommand(),
  init: async () => (await import('./commands/data/init.ts')).initCommand(),
  train: async () => (await import('./commands/train.ts')).trainCommand(),
  compare: async () => (await import('./commands/compare.ts')).compareCommand(),
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand(),
  predict: async () => (await import('./commands/predict.ts')).predictCommand(),
  rank: async () => (await import('./commands/rank.ts')).rankCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  compress: async () => (await import('./commands/compress.ts')).compressCommand(),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  backends: async () => (await import('./commands/backends.ts')).backendsCommand(),
};

const isCommand = (name: string): name is keyof typeof COMMANDS => Object.hasOwn(COMMANDS, name);

const VERSION = ['-V', '--version'];

/**
 * The `ttrec` command line. It has all commands, unless the arguments start with the name of one or ask for the version.
 * @param args none by default
 */
export async function createProgram(args: readonly string[] = []) {
  const program = new Command('ttrec')
    .description(
      'Train recommendation models whose embedding tables are dense, hashed, tensor trains, or mixtures.',
    )
    .version(packageJson.version, VERSION.join(', '), 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', `\n${STACK_VARIABLE}=1 adds the stack trace to error messages.`);
  const [first = ''] = args;
  const names = isCommand(first)
    ? [first]
    : VERSION.includes(first)
      ? []
      : Object.keys(COMMANDS).filter(isCommand);
  const commands = await Promise.all(names.map((name) => COMMANDS[name]()));
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
