/** MobileNetV2. */
import { add, batchNormalization, conv2d, dense, depthwiseConv2d, globalAveragePooling2d, relu, zeroPadding2d } from '../layers/index.js';
import { imageDataFormat } from '../layers/defaults.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { input } from '../models/input.js';
import { real } from '../options/index.js';
import { type Application, type ApplicationOptions, call, finished, pooled, readApplication } from './options.js';

export interface MobileNetV2Options extends ApplicationOptions {
  /** Multiplies the filters of every layer; 1. */
  alpha?: number;
}

/** Filters, blocks, strides of the first block and expansion of each stage. */
const stages = [
  [16, 1, 1, 1],
  [24, 2, 2, 6],
  [32, 3, 2, 6],
  [64, 4, 2, 6],
  [96, 3, 1, 6],
  [160, 3, 2, 6],
  [320, 1, 1, 6],
] as const;

/** The nearest multiple of eight that takes away no more than a tenth. */
function byEights(filters: number): number {
  const rounded = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return rounded < 0.9 * filters ? rounded + 8 : rounded;
}

const channelAxis = (): number => (imageDataFormat() === 'channelsFirst' ? 1 : -1);
const normalization = (name: string): unknown => batchNormalization({ axis: channelAxis(), epsilon: 1e-3, momentum: 0.999, name });
const channelsOf = (x: SymbolicTensor): number => x.shape.at(channelAxis())!;

/** What a convolution of 3x3 with stride 2 lacks at the far edges, more there than at the near ones. */
function padding(x: SymbolicTensor): [[number, number], [number, number]] {
  const sides = imageDataFormat() === 'channelsFirst' ? x.shape.slice(2, 4) : x.shape.slice(1, 3);
  const [top, left] = sides.map((side) => (side !== null && side !== undefined && side % 2 === 0 ? 0 : 1));
  return [
    [top!, 1],
    [left!, 1],
  ];
}

/** Widens, filters each channel on its own, narrows; a shortcut where the shape stays. */
function block(x: SymbolicTensor, filters: number, strides: number, expansion: number, number: number): SymbolicTensor {
  const prefix = number === 0 ? 'expanded_conv_' : `block_${number}_`;
  const channels = channelsOf(x);
  let y = x;
  if (number > 0) {
    y = call(conv2d(expansion * channels, 1, { padding: 'same', useBias: false, name: `${prefix}expand` }), y);
    y = call(relu({ maxValue: 6, name: `${prefix}expand_relu` }), call(normalization(`${prefix}expand_BN`), y));
  }
  if (strides === 2) y = call(zeroPadding2d(padding(y), { name: `${prefix}pad` }), y);
  y = call(depthwiseConv2d(3, { strides, padding: strides === 1 ? 'same' : 'valid', useBias: false, name: `${prefix}depthwise` }), y);
  y = call(relu({ maxValue: 6, name: `${prefix}depthwise_relu` }), call(normalization(`${prefix}depthwise_BN`), y));
  y = call(conv2d(filters, 1, { padding: 'same', useBias: false, name: `${prefix}project` }), y);
  y = call(normalization(`${prefix}project_BN`), y);
  return strides === 1 && channels === filters ? call(add({ name: `${prefix}add` }), [x, y]) : y;
}

/**
 * MobileNetV2: seventeen blocks of depthwise convolutions; 3,538,984 parameters with the top. Images are to be prepared by
 * `applications.preprocessInput(x, { mode: 'tf' })`. Names and layers as Keras 3: keras.applications.MobileNetV2 (Sandler and others, 2018).
 *
 * @example
 * const small = applications.mobileNetV2({ alpha: 0.35, includeTop: false, inputShape: [96, 96, 3], pooling: 'avg' });
 */
export const mobileNetV2 = ((options: MobileNetV2Options = {}) => {
  const { alpha: given, ...others } = options;
  const where = 'applications.mobileNetV2';
  const alpha = given === undefined ? 1 : real({ above: 0 })(given, `${where} alpha`);
  const read = readApplication(where, others, `mobilenetv2_${alpha.toFixed(2)}_${options.inputShape?.[0] ?? 224}`);
  const start = input(read.inputShape) as unknown as SymbolicTensor;
  let x = call(conv2d(byEights(32 * alpha), 3, { strides: 2, padding: 'same', useBias: false, name: 'Conv1' }), start);
  x = call(relu({ maxValue: 6, name: 'Conv1_relu' }), call(normalization('bn_Conv1'), x));
  let number = 0;
  for (const [filters, blocks, strides, expansion] of stages) {
    for (let b = 0; b < blocks; b++) x = block(x, byEights(filters * alpha), b === 0 ? strides : 1, expansion, number++);
  }
  const last = alpha > 1 ? byEights(1280 * alpha) : 1280;
  x = call(conv2d(last, 1, { useBias: false, name: 'Conv_1' }), x);
  x = call(relu({ maxValue: 6, name: 'out_relu' }), call(normalization('Conv_1_bn'), x));
  if (!read.includeTop) return finished(start, pooled(x, read.pooling), read);
  x = call(globalAveragePooling2d(), x);
  return finished(start, call(dense(read.classes, { activation: read.classifierActivation, name: 'predictions' }), x), read);
}) as Application<MobileNetV2Options>;
