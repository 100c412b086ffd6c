// One save or load of VGG16 in a process of its own: seconds, and the most memory that the process ever had, the model's making included.
import { readFileSync, statSync } from 'node:fs';
import { applications, loadModel } from 'node-cudnn';

const { action, format, file } = JSON.parse(process.argv[2]);
const isWeights = format === '.weights.h5' || format === '.safetensors';
const ready = (model) => Promise.all([model.weights.at(0).data(), model.weights.at(-1).data()]);

let model = action === 'save' || isWeights ? applications.vgg16() : undefined;
if (model) await ready(model);
const start = performance.now();
if (action === 'save') await (isWeights ? model.saveWeights(file, { verbose: 0 }) : model.save(file, { verbose: 0 }));
else {
  if (isWeights) await model.loadWeights(file, { verbose: 0 });
  else model = await loadModel(file, { verbose: 0 });
  await ready(model);
}
const seconds = (performance.now() - start) / 1000;
const peakMegabytes = Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
process.stdout.write(`bench ${JSON.stringify({ seconds, peakMegabytes, bytes: statSync(file).size })}\n`);
