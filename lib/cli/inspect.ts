/** `node-cudnn inspect`: what is in a file. */
import type { Model } from '../models/model.js';
import { bytesOf, kindOf, modelOf, operands, safetensorsOf } from './files.js';
import { QUIET, transfers } from './transfers.js';
import { helpText, parse, UsageError } from './usage.js';

const specs = {
  quiet: QUIET,
  json: { value: '', help: 'prints one line of JSON' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn inspect FILE [options]

Shows what a file of a model (.keras, .h5, .onnx, model.json) or of weights (.safetensors) holds. Nothing in it is run.`;

interface Found {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

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
  if (holds === 'weights') {
    if (kind !== 'safetensors') throw new UsageError(`${file}: expected a model or a .safetensors file, got ${kind}`);
    const { arrays, metadata } = await safetensorsOf(file!);
    const found: Found[] = arrays.map(({ name, shape, stored }) => ({ name, shape, dtype: stored }));
    const bytes = await bytesOf(file!);
    say(`${file}: ${kind}, ${bytes} bytes, ${found.length} arrays`);
    for (const [key, value] of Object.entries(metadata)) say(`  ${key}: ${value}`);
    for (const { name, shape, dtype } of found) say(`  ${name} ${dtype} [${shape.join(', ')}]`);
    if (json) process.stdout.write(`${JSON.stringify({ file, kind, bytes, metadata, arrays: found })}\n`);
    return 0;
  }
  const model = await transfers(given['quiet'] === true, (options) => modelOf(file!, options));
  try {
    const bytes = await bytesOf(file!);
    say(`${file}: ${kind}, ${bytes} bytes`);
    if (json) process.stdout.write(`${JSON.stringify({ file, kind, bytes, ...describe(model) })}\n`);
    else model.summary();
    return 0;
  } finally {
    model.dispose();
  }
}
