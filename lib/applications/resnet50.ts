/** ResNet50. */
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  dense,
  globalAveragePooling2d,
  maxPooling2d,
  zeroPadding2d,
} from '../layers/index.js';
import { imageDataFormat } from '../layers/defaults.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { input } from '../models/input.js';
import { type Application, type ApplicationOptions, call, finished, pooled, readApplication } from './options.js';

/** Filters and blocks of the four stacks. */
const stacks = [
  [64, 3],
  [128, 4],
  [256, 6],
  [512, 3],
] as const;

const EPSILON = 1.001e-5;

function normalization(name: string): unknown {
  return batchNormalization({ axis: imageDataFormat() === 'channelsFirst' ? 1 : -1, epsilon: EPSILON, name });
}

/** Three convolutions beside a shortcut; the first block of a stack widens the shortcut too. */
function block(x: SymbolicTensor, filters: number, strides: number, widens: boolean, name: string): SymbolicTensor {
  const convolve = (from: SymbolicTensor, many: number, size: number, step: number, part: string): SymbolicTensor =>
    call(
      normalization(`${name}_${part}_bn`),
      call(conv2d(many, size, { strides: step, padding: size === 1 ? 'valid' : 'same', name: `${name}_${part}_conv` }), from),
    );
  const relu = (from: SymbolicTensor, part: string): SymbolicTensor => call(activation('relu', { name: `${name}_${part}` }), from);
  const shortcut = widens ? convolve(x, 4 * filters, 1, strides, '0') : x;
  const first = relu(convolve(x, filters, 1, strides, '1'), '1_relu');
  const second = relu(convolve(first, filters, 3, 1, '2'), '2_relu');
  const third = convolve(second, 4 * filters, 1, 1, '3');
  return relu(call(add({ name: `${name}_add` }), [shortcut, third]), 'out');
}

/**
 * ResNet50: sixteen blocks of three convolutions with shortcuts; 25,636,712 parameters with the top. Images are to be prepared by
 * `applications.preprocessInput(x, { mode: 'caffe' })`. Names and layers as Keras 3: keras.applications.ResNet50 (He and others, 2015).
 *
 * @example
 * const features = applications.resnet50({ includeTop: false, pooling: 'avg', inputShape: [64, 64, 3] });
 */
export const resnet50 = ((options: ApplicationOptions = {}) => {
  const read = readApplication('applications.resnet50', options, 'resnet50');
  const start = input(read.inputShape) as unknown as SymbolicTensor;
  let x = call(zeroPadding2d(3, { name: 'conv1_pad' }), start);
  x = call(conv2d(64, 7, { strides: 2, name: 'conv1_conv' }), x);
  x = call(activation('relu', { name: 'conv1_relu' }), call(normalization('conv1_bn'), x));
  x = call(maxPooling2d(3, { strides: 2, name: 'pool1_pool' }), call(zeroPadding2d(1, { name: 'pool1_pad' }), x));
  stacks.forEach(([filters, blocks], s) => {
    for (let b = 1; b <= blocks; b++) x = block(x, filters, b === 1 && s > 0 ? 2 : 1, b === 1, `conv${s + 2}_block${b}`);
  });
  if (!read.includeTop) return finished(start, pooled(x, read.pooling), read);
  x = call(globalAveragePooling2d({ name: 'avg_pool' }), x);
  return finished(start, call(dense(read.classes, { activation: read.classifierActivation, name: 'predictions' }), x), read);
}) as Application;
