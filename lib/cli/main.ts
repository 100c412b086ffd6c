#!/usr/bin/env node
/** The command line: node-cudnn COMMAND [options]. */
import { NodeCudnnError } from '../errors.js';
import { UsageError } from './usage.js';

const HELP = `usage: node-cudnn COMMAND [options]

  train     trains a model on a data set and shows what it learnt
  inspect   shows what a file of a model or of weights holds
  convert   writes the model of one file as another kind of file
  predict   shows what a model takes images for
  evaluate  counts what a model gets right of a data set
  doctor    tells what works on this machine, and what to do where it does not
  help      this text

node-cudnn COMMAND --help tells the options of a command
`;

const commands: Record<string, () => Promise<{ run(args: string[]): Promise<number> }>> = {
  train: () => import('./train.js'),
  inspect: () => import('./inspect.js'),
  convert: () => import('./convert.js'),
  predict: () => import('./predict.js'),
  evaluate: () => import('./evaluate.js'),
  doctor: () => import('./doctor.js'),
};

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) throw new UsageError(`unknown command '${name}'; the commands are ${Object.keys(commands).join(', ')}`);
  const command = await load();
  return command.run(rest);
}

// `| head` has enough before the command has said all
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`node-cudnn: ${error.message}\n`);
      process.exitCode = 2;
    } else if (error instanceof NodeCudnnError) {
      process.stderr.write(`node-cudnn: ${error.message}\n`);
      process.exitCode = 1;
    } else {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exitCode = 1;
    }
  },
);
