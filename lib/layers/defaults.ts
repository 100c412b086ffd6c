/** What layers take where they are not told: the element type and the order of an image's axes. */
import { oneOf } from '../options/index.js';
import { floatDtype } from '../options/readers.js';

export type DataFormat = 'channelsLast' | 'channelsFirst';
export type FloatType = 'float32' | 'float64';

let floatType: FloatType = 'float32';
let format: DataFormat = 'channelsLast';

/** The element type of layers that are not given a `dtype`. */
export function floatx(): FloatType {
  return floatType;
}

/**
 * Sets the element type of layers made from now on; float64 is for checking, not for speed.
 *
 * @example
 * setFloatx('float64');
 */
export function setFloatx(dtype: FloatType): void {
  floatType = floatDtype(dtype, 'setFloatx');
}

/** The order of an image's axes in layers that are not given a `dataFormat`. */
export function imageDataFormat(): DataFormat {
  return format;
}

/**
 * Sets the order of an image's axes for layers made from now on: [height, width, channels] or [channels, height, width]. The compiler does not
 * see this; give layers their own `dataFormat` where it shall infer shapes of channelsFirst.
 *
 * @example
 * setImageDataFormat('channelsFirst');
 */
export function setImageDataFormat(dataFormat: DataFormat): void {
  format = oneOf('channelsLast', 'channelsFirst')(dataFormat, 'setImageDataFormat');
}
