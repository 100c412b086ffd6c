/** Command lines: what is understood, and the one sentence where something is not. */
import assert from 'node:assert/strict';
import { run as doctor } from '../../lib/cli/doctor.js';
import { run as train } from '../../lib/cli/train.js';
import { choiceOption, helpText, numberOption, parse, UsageError, wholeOption } from '../../lib/cli/usage.js';
import { runCli } from './spawn.js';

describe('options of commands', () => {
  const specs = { epochs: { value: 'N', help: 'passes' }, name: { value: 'NAME', help: 'a name' }, json: { value: '', help: 'a line' } };
  const refused = (call: () => unknown, message: string): void =>
    assert.throws(call, (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, message);
      return true;
    });

  it('takes values after a space and after =', () => {
    assert.deepEqual(parse(['--epochs', '3', '--json', '--name=a=b'], specs), { epochs: '3', json: true, name: 'a=b' });
    assert.deepEqual(parse([], specs), {});
    assert.deepEqual(parse(['--epochs', '-3'], specs), { epochs: '-3' });
  });

  it('-h is --help where there is one', () => {
    assert.deepEqual(parse(['-h'], { help: { value: '', help: 'this text' } }), { help: true });
  });

  it('refuses what it does not know, with one sentence', () => {
    refused(() => parse(['--epoch', '3'], specs), "unknown option '--epoch'; did you mean --epochs?");
    refused(() => parse(['--zzzzzzz'], specs), "unknown option '--zzzzzzz'; the options are --epochs, --name, --json");
    refused(() => parse(['-e', '3'], specs), "unknown option '-e'; the options are --epochs, --name, --json");
    refused(() => parse(['epochs'], specs), "unexpected 'epochs'; the options are --epochs, --name, --json");
    refused(() => parse(['--epochs'], specs), '--epochs: expected N after it, got nothing');
    refused(() => parse(['--epochs', '--json'], specs), "--epochs: expected N after it, got '--json'");
    refused(() => parse(['--json=yes'], specs), "--json: expected nothing after it, got 'yes'");
    refused(() => parse(['--constructor', '1'], specs), "unknown option '--constructor'; the options are --epochs, --name, --json");
  });

  it('reads numbers and words', () => {
    assert.equal(wholeOption('n', undefined, 5, 1), 5);
    assert.equal(wholeOption('n', '12', 5, 1), 12);
    for (const bad of ['0', '1.5', '', ' ', 'x', '-1', 'NaN', 'Infinity', '9007199254740993'])
      refused(() => wholeOption('n', bad, 5, 1), `--n: expected a whole number of at least 1, got '${bad}'`);
    assert.equal(numberOption('r', '1e-3'), 0.001);
    assert.equal(numberOption('r', undefined), undefined);
    for (const bad of ['0', '-1', '', 'x', 'Infinity'])
      refused(() => numberOption('r', bad), `--r: expected a number above 0, got '${bad}'`);
    assert.equal(choiceOption('c', 'b', ['a', 'b'], 'a'), 'b');
    refused(() => choiceOption('c', 'd', ['a', 'b'], 'a'), "--c: expected a or b, got 'd'");
  });

  it('help has a line for each option', () => {
    assert.equal(helpText('usage', specs), 'usage\n\n  --epochs N   passes\n  --name NAME  a name\n  --json       a line\n');
  });
});

describe('node-cudnn', () => {
  it('help, --help and -h tell the commands and end with 0; nothing at all ends with 2', async () => {
    const [help, long, short, none] = await Promise.all([runCli(['help']), runCli(['--help']), runCli(['-h']), runCli([])]);
    assert.match(help.out, /^usage: node-cudnn COMMAND \[options\]\n(.|\n)*train(.|\n)*doctor/);
    for (const other of [long, short, none]) assert.equal(other.out, help.out);
    assert.deepEqual(
      [help, long, short, none].map(({ code, err }) => [code, err]),
      [
        [0, ''],
        [0, ''],
        [0, ''],
        [2, ''],
      ],
    );
  });

  it('each command explains its options', async () => {
    const [training, examining] = await Promise.all([runCli(['train', '--help']), runCli(['doctor', '-h'])]);
    for (const option of ['dataset', 'model', 'epochs', 'batch-size', 'learning-rate', 'seed', 'device', 'save', 'plot', 'json'])
      assert.match(training.out, new RegExp(`^  --${option}\\b`, 'm'));
    assert.match(examining.out, /^usage: node-cudnn doctor/);
    assert.deepEqual([training.code, examining.code, training.err, examining.err], [0, 0, '', '']);
  });

  const wrong: [string[], string | RegExp][] = [
    [['train', '--epoch', '3'], "unknown option '--epoch'; did you mean --epochs?"],
    [['train', '--epochs', '0'], "--epochs: expected a whole number of at least 1, got '0'"],
    [['train', '--batch-size', 'many'], "--batch-size: expected a whole number of at least 1, got 'many'"],
    [['train', '--learning-rate', '-1'], "--learning-rate: expected a number above 0, got '-1'"],
    [['train', '--dataset', 'cifar'], "--dataset: expected digits or mnist or fashion-mnist, got 'cifar'"],
    [['train', '--model', 'rnn'], "--model: expected cnn or linear, got 'rnn'"],
    [['train', '--device', 'tpu'], "--device: expected auto, cpu, cuda or cuda:N, got 'tpu'"],
    [['train', '--plot', 'x.gif'], "--plot: expected a file that ends in .png or .svg, got 'x.gif'"],
    [['train', '--save', 'x.pkl'], /^x\.pkl: expected a file that ends in \.keras or .*\.safetensors/],
    [['doctor', '--fast'], "unknown option '--fast'; the options are --json, --help"],
  ];
  for (const [args, sentence] of wrong) {
    it(`refuses ${args.join(' ')}`, async () => {
      await assert.rejects(args[0] === 'train' ? train(args.slice(1)) : doctor(args.slice(1)), (error: unknown) => {
        assert.ok(error instanceof UsageError, String(error));
        if (typeof sentence === 'string') assert.equal(error.message, sentence);
        else assert.match(error.message, sentence);
        return true;
      });
    });
  }

  it('what it does not understand is that one sentence and code 2', async () => {
    const outcomes = await Promise.all([runCli(['trian']), runCli(['train', '--epoch', '3'])]);
    assert.deepEqual(outcomes, [
      {
        code: 2,
        out: '',
        err: "node-cudnn: unknown command 'trian'; the commands are train, inspect, convert, predict, evaluate, doctor\n",
      },
      { code: 2, out: '', err: "node-cudnn: unknown option '--epoch'; did you mean --epochs?\n" },
    ]);
  });

  it('an error of the library is its sentence and code 1', async () => {
    const { code, out, err } = await runCli(['train', '--device', 'cuda', '--json']);
    assert.match(err, /^node-cudnn: setDevice\('cuda'\): expected a CUDA device that works.*\n$/);
    assert.deepEqual([code, out], [1, '']);
  });
});
