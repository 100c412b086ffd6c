/** Blocks of pixels as channels, and back. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped, view } from './broadcast.js';
import { asTensor, shapeText, type TensorLike, wholeNumber } from './common.js';
import { permuted } from './transpose.js';
import { checkImages, type DataFormat, readDataFormat, toChannelsFirst, toChannelsLast } from './window.js';

/** Options of depthToSpace and spaceToDepth. */
export interface BlockOptions {
  blockSize?: number;
  dataFormat?: DataFormat | null;
}

function read(where: string, x: TensorLike, options: number | BlockOptions): { images: Tensor; block: number; format: DataFormat } {
  const given = typeof options === 'number' ? { blockSize: options } : options;
  const block = wholeNumber(where, 'blockSize', given.blockSize, 1);
  const format = readDataFormat(where, given.dataFormat);
  const t = asTensor(where, x);
  checkImages(where, t, format);
  return { images: toChannelsLast(t, format), block, format };
}

/**
 * Channels as blocks of pixels: [n, h, w, b·b·c] becomes [n, b·h, b·w, c]. Keras 3: `keras.ops.depth_to_space`.
 *
 * @example
 * ops.depthToSpace(x, 2);
 */
export function depthToSpace(x: TensorLike, options: number | BlockOptions): Tensor {
  const { images, block, format } = read('depthToSpace', x, options);
  const [n, h, w, c] = images.shape as readonly [number, number, number, number];
  if (c % (block * block) !== 0) {
    throw new ShapeError({ where: 'depthToSpace', expected: `channels that ${block * block} divides`, received: shapeText(images.shape) });
  }
  const deep = c / (block * block);
  const apart = permuted(reshaped(images, [n, h, w, block, block, deep]), [0, 1, 3, 2, 4, 5]);
  const y = toChannelsFirst(reshaped(apart, [n, h * block, w * block, deep]), format);
  return y === x ? view(y) : y;
}

/**
 * Blocks of pixels as channels: [n, b·h, b·w, c] becomes [n, h, w, b·b·c]. Keras 3: `keras.ops.space_to_depth`.
 *
 * @example
 * ops.spaceToDepth(x, 2);
 */
export function spaceToDepth(x: TensorLike, options: number | BlockOptions): Tensor {
  const { images, block, format } = read('spaceToDepth', x, options);
  const [n, h, w, c] = images.shape as readonly [number, number, number, number];
  if (h % block !== 0 || w % block !== 0) {
    throw new ShapeError({
      where: 'spaceToDepth',
      expected: `a height and width that ${block} divides`,
      received: shapeText(images.shape),
    });
  }
  const apart = permuted(reshaped(images, [n, h / block, block, w / block, block, c]), [0, 1, 3, 2, 4, 5]);
  const y = toChannelsFirst(reshaped(apart, [n, h / block, w / block, block * block * c]), format);
  return y === x ? view(y) : y;
}
