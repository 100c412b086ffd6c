// The benchmark's description of a model in this library, by its package name: what is measured is the compiled library in dist/.
import { layers, ops, sequential, tensor, utils } from 'node-cudnn';

const build = {
  conv2d: ({ filters, kernelSize, padding, activation }) => layers.conv2d({ filters, kernelSize, padding, activation }),
  maxPooling2d: ({ poolSize }) => layers.maxPooling2d({ poolSize }),
  dropout: ({ rate }) => layers.dropout(rate),
  flatten: () => layers.flatten(),
  dense: ({ units, activation }) => layers.dense({ units, activation }),
  activation: ({ activation }) => layers.activation(activation),
};

export function buildModel(spec) {
  utils.setRandomSeed(7);
  const model = sequential(spec.inputShape);
  for (const layer of spec.layers) model.add(build[layer.kind](layer));
  model.compile({ optimizer: spec.optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** Random pixels in [0, 1) and random labels as rows with a one. */
export function randomData(spec, images = spec.images) {
  const pixels = Float32Array.from({ length: images * spec.inputShape.reduce((a, b) => a * b, 1) }, () => Math.random());
  const labels = Int32Array.from({ length: images }, () => Math.floor(Math.random() * spec.classes));
  return { x: ops.reshape(tensor(pixels), [images, ...spec.inputShape]), y: utils.toCategorical(tensor(labels), spec.classes) };
}
