/** `node-cudnn convert`: a model from one kind of file to another. */
import { bytesOf, kindOf, modelOf, operands } from './files.js';
import { QUIET, transfers } from './transfers.js';
import { helpText, parse } from './usage.js';

const specs = {
  quiet: QUIET,
  json: { value: '', help: 'prints one line of JSON' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn convert IN OUT [options]

Writes the model of one file as another kind of file, which the ending of OUT names: .keras, .onnx, a folder or model.json for TensorFlow.js,
or .safetensors and .weights.h5, which hold the weights only.`;

export async function run(args: string[]): Promise<number> {
  const [[from, to], rest] = operands(args, 'IN and OUT', 2);
  const given = parse(rest, specs);
  if (given['help']) {
    process.stdout.write(helpText(HEAD, specs));
    return 0;
  }
  // what cannot be written is refused before a large file is read
  const [source, target] = [await kindOf(from!), await kindOf(to!)];
  await transfers(given['quiet'] === true, async (options) => {
    const model = await modelOf(from!, { ...options, compile: target.holds === 'model' });
    try {
      if (target.holds === 'weights') await model.saveWeights(to!, options);
      else await model.save(to!, options);
    } finally {
      model.dispose();
    }
  });
  const bytes = await bytesOf(to!);
  const text = given['json']
    ? JSON.stringify({ from, to, kinds: [source.kind, target.kind], bytes })
    : `${from} (${source.kind}) -> ${to} (${target.kind}), ${bytes} bytes`;
  process.stdout.write(`${text}\n`);
  return 0;
}
