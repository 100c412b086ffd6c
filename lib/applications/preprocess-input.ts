/** Images as the networks of `applications` were trained on them. */
import { ShapeError } from '../errors.js';
import { imageDataFormat } from '../layers/defaults.js';
import { divide, subtract } from '../ops/binary.js';
import { cast, flip, reshape } from '../ops/shape.js';
import { oneOf, optional, readOptions } from '../options/index.js';
import { tensor } from '../tensor/create.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';

export interface PreprocessInputOptions {
  /**
   * 'caffe' (VGG16, ResNet50): blue, green, red with ImageNet's means taken away; 'tf' (MobileNetV2): from -1 to 1; 'torch': from 0 to 1, then
   * by ImageNet's means and deviations. 'caffe' where it is not given.
   */
  mode?: 'caffe' | 'tf' | 'torch';
  /** Where the channels are; that of `setImageDataFormat` where it is not given. */
  dataFormat?: 'channelsLast' | 'channelsFirst';
}

/** ImageNet's means by channel: blue, green, red of pixels to 255; red, green, blue of pixels to 1, with their deviations. */
const CAFFE_MEANS = [103.939, 116.779, 123.68];
const TORCH_MEANS = [0.485, 0.456, 0.406];
const TORCH_DEVIATIONS = [0.229, 0.224, 0.225];

/**
 * Prepares images, red, green and blue from 0 to 255, for a network of `applications`. After Keras' `preprocess_input`.
 *
 * @param x [height, width, 3] or [batch, height, width, 3]; channels first where `dataFormat` says so
 * @returns float32 of the same shape
 * @throws ShapeError where there are not three channels
 * @example
 * const ready = applications.preprocessInput(photos, { mode: 'caffe' });
 */
export function preprocessInput(x: Tensor, options: PreprocessInputOptions = {}): Tensor {
  const where = 'applications.preprocessInput';
  const { mode, dataFormat } = readOptions(where, options, {
    mode: optional(oneOf('caffe', 'tf', 'torch'), 'caffe'),
    dataFormat: optional(oneOf('channelsLast', 'channelsFirst'), imageDataFormat),
  });
  const rank = x.shape.length;
  const axis = dataFormat === 'channelsLast' ? rank - 1 : rank - 3;
  if ((rank !== 3 && rank !== 4) || x.shape[axis] !== 3) {
    throw new ShapeError({
      where,
      expected: dataFormat === 'channelsLast' ? '[height, width, 3], or a batch of them' : '[3, height, width], or a batch of them',
      received: `[${x.shape.join(', ')}]`,
      hint: 'grey images become colour with ops.tile or ops.repeat',
    });
  }
  return tidy(() => {
    const pixels = x.dtype === 'float64' ? x : cast(x, 'float32');
    const byChannel = (values: readonly number[]): Tensor =>
      reshape(
        tensor(values, [3], pixels.dtype as 'float32'),
        x.shape.map((_, i) => (i === axis ? 3 : 1)),
      );
    if (mode === 'tf') return subtract(divide(pixels, 127.5), 1);
    if (mode === 'torch') return divide(subtract(divide(pixels, 255), byChannel(TORCH_MEANS)), byChannel(TORCH_DEVIATIONS));
    return subtract(flip(pixels, axis), byChannel(CAFFE_MEANS));
  });
}
