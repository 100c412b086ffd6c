/** Colour spaces, values from 0 to 1. */
import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { add, divide, multiply, subtract } from '../binary.js';
import { clip } from '../clip.js';
import { asFloat, asTensor, castTo, constantArray, normalizeAxis, shapeText, type TensorLike } from '../common.js';
import { equal, greater, less, where } from '../compare.js';
import { joined } from '../join.js';
import { max, min, sum } from '../reduce.js';
import { part } from '../slice.js';
import { abs } from '../unary.js';
import { type DataFormat, readDataFormat } from '../window.js';
import { reshaped } from '../broadcast.js';

/** Where the channels are. */
export interface ColourOptions {
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

/** The axis of three channels. */
function channels(name: string, x: Tensor, options: ColourOptions): number {
  const axis = normalizeAxis(name, readDataFormat(name, options.dataFormat) === 'channelsLast' ? -1 : -3, x.shape.length);
  if (x.shape[axis] === 3) return axis;
  throw new ShapeError({ where: name, expected: `3 channels on axis ${axis}`, received: shapeText(x.shape) });
}

/**
 * Brightness as the eye sees it: 0.2989 red + 0.587 green + 0.114 blue, as one channel. Keras 3: `keras.ops.image.rgb_to_grayscale`.
 *
 * @example
 * ops.image.rgbToGrayscale(images);   // [n, h, w, 3] becomes [n, h, w, 1]
 */
export function rgbToGrayscale(images: TensorLike, options: ColourOptions = {}): Tensor {
  const given = asTensor('rgbToGrayscale', images);
  const x = asFloat('rgbToGrayscale', given);
  const axis = channels('rgbToGrayscale', x, options);
  const shares = constantArray([0.2989, 0.587, 0.114], [3], x.dtype, x);
  const factor = reshaped(
    shares,
    x.shape.map((_, i) => (i === axis ? 3 : 1)),
  );
  return castTo(sum(multiply(x, factor), axis, true), given.dtype);
}

/**
 * Red, green, blue to hue, saturation, value, each from 0 to 1. Keras 3: `keras.ops.image.rgb_to_hsv`.
 *
 * @example
 * ops.image.rgbToHsv(tensor([[[1, 0, 0]]]));   // [[[0, 1, 1]]]
 */
export function rgbToHsv(images: TensorLike, options: ColourOptions = {}): Tensor {
  const x = asFloat('rgbToHsv', images);
  const axis = channels('rgbToHsv', x, options);
  const [r, g, b] = [0, 1, 2].map((i) => part(x, axis, i, 1)) as [Tensor, Tensor, Tensor];
  const value = max(x, axis, true);
  const range = subtract(value, min(x, axis, true));
  const lit = greater(value, 0);
  const saturation = where(lit, divide(range, where(lit, value, 1)), 0);
  const coloured = greater(range, 0);
  const sixth = divide(1 / 6, where(coloured, range, 1));
  const ofRed = multiply(sixth, subtract(g, b));
  const ofGreen = add(multiply(sixth, subtract(b, r)), 2 / 6);
  const ofBlue = add(multiply(sixth, subtract(r, g)), 4 / 6);
  const turn = where(equal(r, value), ofRed, where(equal(g, value), ofGreen, ofBlue));
  const hue = where(coloured, where(less(turn, 0), add(turn, 1), turn), 0);
  return joined([hue, saturation, value], axis);
}

/**
 * Hue, saturation, value to red, green, blue. Keras 3: `keras.ops.image.hsv_to_rgb`.
 *
 * @example
 * ops.image.hsvToRgb(tensor([[[0, 1, 1]]]));   // [[[1, 0, 0]]]
 */
export function hsvToRgb(images: TensorLike, options: ColourOptions = {}): Tensor {
  const x = asFloat('hsvToRgb', images);
  const axis = channels('hsvToRgb', x, options);
  const [hue, saturation, value] = [0, 1, 2].map((i) => part(x, axis, i, 1)) as [Tensor, Tensor, Tensor];
  const turn = multiply(hue, 6);
  const red = clip(subtract(abs(subtract(turn, 3)), 1), 0, 1);
  const green = clip(subtract(2, abs(subtract(turn, 2))), 0, 1);
  const blue = clip(subtract(2, abs(subtract(turn, 4))), 0, 1);
  const mixed = (pure: Tensor) => multiply(add(subtract(1, saturation), multiply(saturation, pure)), value);
  return joined([mixed(red), mixed(green), mixed(blue)], axis);
}
