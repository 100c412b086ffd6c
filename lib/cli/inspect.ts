/** `node-cudnn inspect`: what is in a file. */
import type { Model } from '../models/model.js';
import { arraysOf, factsOf, isWeightsOnly } from './contents.js';
import { bytesOf, kindOf, modelOf, operands } from './files.js';
import { QUIET, transfers } from './transfers.js';
import { helpText, parse } from './usage.js';

const specs = {
  quiet: QUIET,
  json: { value: '', help: 'prints one line of JSON' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn inspect FILE [options]

Shows what a file of a model (.keras, .h5, .onnx, model.json) or of weights (.safetensors, .weights.h5, .h5) holds, and what it was
written with. Nothing in it is run.`;

function describe(model: Model): { class: string; name: string; inputs: unknown; outputs: unknown; parameters: number; layers: unknown[] } {
  return {
    class: model.className,
    name: model.name,
    inputs: model.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    outputs: model.outputs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    parameters: model.countParams(),
    layers: model.layers.map((layer) => ({
      name: layer.name,
      class: layer.className,
      weights: layer.weights.map(({ name, kerasShape, dtype }) => ({ name, shape: kerasShape, dtype })),
    })),
  };
}

export async function run(args: string[]): Promise<number> {
  const [[file], rest] = operands(args, 'FILE', 1);
  const given = parse(rest, specs);
  if (given['help']) {
    process.stdout.write(helpText(HEAD, specs));
    return 0;
  }
  const { kind, holds } = await kindOf(file!);
  const json = given['json'] === true;
  const say = (text: string): void => void (json || process.stdout.write(`${text}\n`));
  const sayAll = (metadata: Readonly<Record<string, string>>): void =>
    Object.entries(metadata).forEach(([key, value]) => say(`  ${key}: ${value}`));
  if (holds === 'weights' || (await isWeightsOnly(file!))) {
    const { arrays, metadata } = await arraysOf(file!);
    const bytes = await bytesOf(file!);
    const what = holds === 'weights' ? kind : `${kind} weights`;
    say(`${file}: ${what}, ${bytes} bytes, ${arrays.length} arrays`);
    sayAll(metadata);
    for (const { name, shape, dtype } of arrays) say(`  ${name} ${dtype} [${shape.join(', ')}]`);
    if (json) process.stdout.write(`${JSON.stringify({ file, kind: what, bytes, metadata, arrays })}\n`);
    return 0;
  }
  const model = await transfers(given['quiet'] === true, (options) => modelOf(file!, options));
  try {
    const [bytes, metadata] = [await bytesOf(file!), await factsOf(file!, kind)];
    say(`${file}: ${kind}, ${bytes} bytes`);
    sayAll(metadata);
    if (json) process.stdout.write(`${JSON.stringify({ file, kind, bytes, metadata, ...describe(model) })}\n`);
    else model.summary();
    return 0;
  } finally {
    model.dispose();
  }
}
