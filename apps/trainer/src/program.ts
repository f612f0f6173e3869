import type { TableConfig } from '@ttrec/embeddings';
import { didYouMean, isTtrecError, JsonFault, parseJson } from '@ttrec/core';
import { optionGenerators, parseBytes } from '@ttrec/planner';
import { MAX_CORES, MAX_RANK, parseConfig, tableSchema, type Threads } from '@ttrec/training/config';
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { backends } from './commands/backends.ts';
import { compare } from './commands/compare.ts';
import { compress } from './commands/compress.ts';
import { evaluate } from './commands/evaluate.ts';
import { exportFormats, exportRun } from './commands/export.ts';
import { importState } from './commands/import.ts';
import { plan } from './commands/plan.ts';
import { train } from './commands/train.ts';
import { engines } from './engines.ts';
import { STACK_VARIABLE } from './terminal/failure-text.ts';
import { printableLines } from './terminal/printable-lines.ts';

/** Most characters of a line of a message. */
const MESSAGE = 1000;

/** The `ttrec` command line. */
export function createProgram(): Command {
  const program = new Command('ttrec')
    .description(
      'Train recommendation models whose embedding tables are dense, hashed, tensor trains, or mixtures.',
    )
    .version(packageJson.version)
    .showHelpAfterError('(ttrec --help tells more)')
    .configureOutput({ outputError: (text, write) => write(`${printableLines(text.trimEnd(), MESSAGE)}\n`) })
    .addHelpText('after', `\n${STACK_VARIABLE}=1 shows where a failure came from.`)
    .exitOverride();

  withTrainingFlags(program.command('train').description('train the model that a config file describes'))
    .argument('[config]', 'config file (JSON); not needed with --resume or --from', path)
    .addOption(
      new Option('--resume [run]', 'continue a run folder (the one of --out when no folder is named)')
        .argParser(path)
        .conflicts('from'),
    )
    .option(
      '--from <run>',
      'go on training the model of a run as a new one, on the rows of --data: new ids get new rows',
      path,
    )
    .option('--checkpoint <name>', 'with --resume: the checkpoint to go on from; latest by default')
    .action((config: string | undefined, flags: object) => train(config, flags));

  withTrainingFlags(
    program
      .command('compare')
      .description('train the variants of a config file on the same rows, side by side'),
  )
    .argument('<config>', 'config file (JSON) with variants', path)
    .action((config: string, flags: object) => compare(config, flags));

  program
    .command('evaluate')
    .description('test a trained run')
    .argument('<run>', 'run folder', path)
    .option('--checkpoint <name>', 'best, latest, or the name of a checkpoint; by default the one tested')
    .addOption(
      new Option('--split <split>', "rows of the run's own data to test on; test by default").choices([
        'train',
        'validation',
        'test',
      ]),
    )
    .option('--data <file>', 'tests on all rows of this file instead; the training file is not needed', path)
    .addOption(onBadLine())
    .addOption(backend('engine; the best available by default'))
    .option('--threads <count>', THREADS, threads)
    .option('--json', 'print the record as the last line on stdout')
    .action((run: string, flags: Parameters<typeof evaluate>[1]) => evaluate(run, flags));

  program
    .command('plan')
    .description(
      'price the tables of a config or a preset, or choose them for a budget; nothing is allocated',
    )
    .argument('[config]', 'config file (JSON)', path)
    .option('--preset <name>', 'criteo-kaggle or criteo-terabyte')
    .option('--budget <size>', 'choose tables with which the model takes at most this: 20MB, 16MiB', bytes)
    .option(
      '--data <file>',
      "with --budget: replaces the config's file; without a config, a file of the Criteo format",
      path,
    )
    .option('--out <file>', 'with --budget: writes the config with the tables chosen, for ttrec train', path)
    .addOption(force())
    .option('--explain', 'with --budget: says why each table is stored as it is')
    .option(
      '--frontier <file>',
      'with --budget: bytes against expected loss, as a table here and a page there',
      path,
    )
    .option('--kinds <kinds>', 'with --budget: kinds to choose from, such as dense,tt,hash', kinds)
    .option('--max-multiply-adds <count>', 'with --budget: for one row, at the most', natural)
    .option('--serving', 'with --budget: allows tables that cannot be trained')
    .option('--tt-tables <count>', 'how many of the largest tables are tensor trains', natural)
    .option('--rank <rank>', 'their TT-rank', integerBetween(1, MAX_RANK))
    .option('--cores <count>', 'their TT-cores', integerBetween(1, MAX_CORES))
    .option('--embedding-dim <dim>', 'embedding dimension', positive)
    .addOption(backend('an engine: says which tables lie on its device and which on the host'))
    .option('--json', 'print the record as the last line on stdout')
    .action((config: string | undefined, flags: object) => plan(config, flags));

  program
    .command('export')
    .description(
      'write the model of a run: to score anywhere, for ONNX runtimes or for PyTorch; its data is not needed',
    )
    .argument('<run>', 'run folder', path)
    .addOption(new Option('--format <format>', 'of the file').choices(exportFormats).makeOptionMandatory())
    .addOption(
      new Option('--tables <how>', 'as they are stored, or their rows computed; stored by default').choices([
        'stored',
        'dense',
      ]),
    )
    .option('--checkpoint <name>', 'best, latest, or the name of a checkpoint; by default the one tested')
    .option(
      '--training',
      'with --format model: also what only further training needs, such as optimizer state',
    )
    .option(
      '--max-file-size <size>',
      'with --format model: splits it over files of at most so many bytes, and their index',
      bytes,
    )
    .option(
      '--out <file>',
      'model.ttrec.safetensors, model.onnx, model.safetensors or model.pt in the run folder by default',
      path,
    )
    .addOption(force())
    .addOption(backend('engine; the best available by default'))
    .option('--json', 'print the record as the last line on stdout')
    .action((run: string, flags: Parameters<typeof exportRun>[1]) => exportRun(run, flags));

  program
    .command('import')
    .description('make a run of a DLRM that PyTorch trained: to evaluate, export, or train on')
    .argument('<state>', 'state dict: a file of torch.save, safetensors, or the index of a sharded one', path)
    .argument('<config>', 'config file (JSON) of the data that it was trained on', path)
    .option('--prefix <text>', 'what stands before emb_l.0 in the names; found by itself')
    .option(
      '--shapes <file>',
      'JSON: colShape or ranks of the tables that FBTT stores, by their place in emb_l',
      path,
    )
    .addOption(
      new Option('--cached-rows <what>', 'what becomes of rows in caches of FBTT').choices([
        'keep',
        'override',
        'drop',
      ]),
    )
    .option('--data <file>', "replaces the config's file", path)
    .addOption(backend('engine; the best available by default'))
    .addOption(onBadLine())
    .option('--out <folder>', 'run folder; runs/<time>-<name> by default', path)
    .option('--json', 'print the record as the last line on stdout')
    .action((state: string, config: string, flags: object) => importState(state, config, flags));

  program
    .command('compress')
    .description(
      'store a trained table of a file or a run in another way, as near to its rows as that can come',
    )
    .argument('<input>', 'safetensors, npy or PyTorch file, or a run folder', path)
    .option(
      '--table <name>',
      'which; may be left out where there is but one, and of a run is its largest dense one',
    )
    .option('--bytes <size>', 'at most this: 2MB, 16MiB', bytes)
    .option(
      '--kind <kinds>',
      'with --bytes: kinds to choose from, such as tt or tt,hash; all by default',
      kinds,
    )
    .option(
      '--config <json>',
      'in the place of --bytes: the table itself, such as {"kind":"tt","ranks":16}',
      tableConfig,
    )
    .option(
      '--weights <file>',
      'npy of how often each row is read; of a run, by its training rows when absent',
      path,
    )
    .option('--fine-tune <steps>', 'gradient steps on the reconstruction', positive)
    .option('--seed <seed>', 'of the rows drawn for them', natural)
    .addOption(backend('engine; the best available by default'))
    .option('--out <path>', 'file, or run folder, to write; beside the input by default', path)
    .addOption(force())
    .option('--json', 'print the record as the last line on stdout')
    .action((input: string, flags: object) => compress(input, flags));

  program
    .command('backends')
    .description('list the engines and their threads, and why those that cannot run here cannot')
    .option('--json', 'print the record as the last line on stdout')
    .action((flags: object) => backends(flags));

  return program;
}

function withTrainingFlags(command: Command): Command {
  return command
    .option('--data <file>', "replaces the config's file", path)
    .option('--seed <seed>', 'of initialisation, splits and shuffling', natural)
    .option('--steps <steps>', 'train this many steps in place of whole epochs', positive)
    .option('--epochs <epochs>', 'passes over the training rows', positive)
    .option('--batch-size <rows>', 'rows a step', positive)
    .option('--learning-rate <rate>', 'of all parameters', rate)
    .addOption(backend('engine; the best available by default'))
    .option('--threads <count>', THREADS, threads)
    .addOption(onBadLine())
    .option('--out <folder>', 'run folder; runs/<time>-<name> by default', path)
    .option('--json', 'print the final record as the last line on stdout');
}

const force = () => new Option('--force', 'replace files that exist');

const onBadLine = () =>
  new Option('--on-bad-line <what>', 'at a line that cannot be read').choices(['fail', 'skip']);

const THREADS = 'of the engine: a number, or auto for as many as there are; 1 by default';

const positive = integerBetween(1);

function threads(text: string): Threads {
  return text === 'auto' ? text : positive(text);
}

const natural = integerBetween(0);

function integerBetween(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const upper = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be an integer from ${least}${upper}.`);
  };
}

function path(text: string): string {
  if (text !== '' && !text.includes('\0')) return text;
  throw new InvalidArgumentError('It must name a file or a folder.');
}

/** Engines are known by name before any is started. */
function backend(description: string): Option {
  return new Option('--backend <name>', description).argParser((name) => {
    if (name !== 'auto') orInvalid(() => engines().get(name));
    return name;
  });
}

/** What refuses a value of an option refuses the usage. */
function orInvalid<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (thrown) {
    if (!isTtrecError(thrown)) throw thrown;
    const { rule, hint } = thrown.parts;
    throw new InvalidArgumentError(`It ${rule}.${hint === undefined ? '' : ` ${hint}`}`);
  }
}

/** Kinds of the planner, with commas between; `hot-cold` stands for all that begin with `hot-cold→`. */
function kinds(text: string): string[] {
  const known = optionGenerators.map(({ kind }) => kind);
  return list(text).map((kind) => {
    if (known.some((name) => name === kind || name.startsWith(`${kind}→`))) return kind;
    throw new InvalidArgumentError(`Kinds are ${known.join(', ')}. ${didYouMean(kind, known) ?? ''}`);
  });
}

function bytes(text: string): number {
  return orInvalid(() => parseBytes(text));
}

function tableConfig(text: string): TableConfig {
  try {
    return parseConfig(tableSchema, parseJson(text), '--config');
  } catch (thrown) {
    if (thrown instanceof JsonFault) throw new InvalidArgumentError(`It must be JSON. ${thrown.message}`);
    if (isTtrecError(thrown)) throw new InvalidArgumentError(thrown.message);
    throw thrown;
  }
}

/** Names, with commas between. */
function list(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function rate(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}
