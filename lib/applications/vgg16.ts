/** VGG16. */
import { conv2d, dense, flatten, maxPooling2d } from '../layers/index.js';
import type { Layer } from '../layers/layer.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { input } from '../models/input.js';
import { type Application, type ApplicationOptions, finished, pooled, readApplication } from './options.js';

/** Convolutions and filters of the five blocks. */
const blocks = [
  [2, 64],
  [2, 128],
  [3, 256],
  [3, 512],
  [3, 512],
] as const;

/**
 * VGG16: thirteen convolutions of 3x3 in five blocks, and three dense layers; 138,357,544 parameters with the top. Images are to be prepared
 * by `applications.preprocessInput(x, { mode: 'caffe' })`. Names and layers as Keras 3: keras.applications.VGG16 (Simonyan and Zisserman, 2015).
 *
 * @example
 * const model = applications.vgg16();
 * model.summary();
 * const trained = await applications.vgg16({ weights: 'vgg16.safetensors' });
 */
export const vgg16 = ((options: ApplicationOptions = {}) => {
  const read = readApplication('applications.vgg16', options, 'vgg16');
  const start = input(read.inputShape) as unknown as SymbolicTensor;
  let x = start;
  const apply = (layer: unknown): void => void (x = (layer as Layer).apply(x as never) as unknown as SymbolicTensor);
  blocks.forEach(([convolutions, filters], b) => {
    for (let c = 1; c <= convolutions; c++) {
      apply(conv2d(filters, 3, { padding: 'same', activation: 'relu', name: `block${b + 1}_conv${c}` }));
    }
    apply(maxPooling2d(2, { strides: 2, name: `block${b + 1}_pool` }));
  });
  if (!read.includeTop) return finished(start, pooled(x, read.pooling), read);
  apply(flatten({ name: 'flatten' }));
  apply(dense(4096, { activation: 'relu', name: 'fc1' }));
  apply(dense(4096, { activation: 'relu', name: 'fc2' }));
  apply(dense(read.classes, { activation: read.classifierActivation, name: 'predictions' }));
  return finished(start, x, read);
}) as Application;
