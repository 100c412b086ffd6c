/** Shape arithmetic of layers that slide a window over images. Shapes here have the batch in front. */
import { ArgumentError, ShapeError } from '../errors.js';
import { oneOf, optional, type Reader } from '../options/index.js';
import { imageInput, windowTooLarge } from '../types/messages.js';
import { type DataFormat, imageDataFormat } from './defaults.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';

export type Padding = 'valid' | 'same';
export type Pair = readonly [number, number];
export type PairLike = number | Pair;

/** The order of the axes; the global one where the option is absent. */
export const dataFormatReader: Reader<DataFormat> = optional(oneOf('channelsLast', 'channelsFirst'), imageDataFormat);

/** An image's batch, sides and channels, whatever its data format. */
export interface Image {
  batch: Dim;
  height: Dim;
  width: Dim;
  channels: Dim;
}

/** Takes a shape apart, or refuses one that is no image. */
export function imageOf(kind: string, inputShape: Shapes, format: DataFormat): Image {
  const shape = inputShape as BatchShape;
  if (shape.length !== 4) throw new ShapeError(imageInput(kind, withoutBatch(shape), format));
  const [batch, a, b, c] = shape as readonly [Dim, Dim, Dim, Dim];
  return format === 'channelsFirst' ? { batch, channels: a, height: b, width: c } : { batch, height: a, width: b, channels: c };
}

/** The other way round. */
export function imageShape({ batch, height, width, channels }: Image, format: DataFormat): BatchShape {
  return format === 'channelsFirst' ? [batch, channels, height, width] : [batch, height, width, channels];
}

/** The number of channels, which weights depend on. */
export function knownChannels(kind: string, image: Image): number {
  if (image.channels !== null) return image.channels;
  throw new ShapeError({
    where: kind,
    expected: 'a known number of channels',
    received: 'an unknown one',
    hint: 'give the last axis of the input shape as a number',
  });
}

/** What a kernel of `size` covers when its cells lie `dilation` apart. */
export function covered(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** How many places a window takes along a side. */
export function places(side: Dim, window: number, stride: number, padding: Padding): Dim {
  if (side === null) return null;
  return padding === 'same' ? Math.ceil(side / stride) : Math.floor((side - window) / stride) + 1;
}

/** The sides of an image after a window, or the error that it does not fit. */
export function slide(
  kind: string,
  word: 'kernel' | 'pool',
  shape: BatchShape,
  image: Image,
  { size, strides, padding, dilation = [1, 1] }: { size: Pair; strides: Pair; padding: Padding; dilation?: Pair },
): { height: Dim; width: Dim } {
  const window: Pair = [covered(size[0], dilation[0]), covered(size[1], dilation[1])];
  const height = places(image.height, window[0], strides[0], padding);
  const width = places(image.width, window[1], strides[1], padding);
  if ((height !== null && height < 1) || (width !== null && width < 1)) {
    throw new ShapeError(windowTooLarge(kind, word, window, withoutBatch(shape)));
  }
  return { height, width };
}

/** Keras refuses the two together: the gradient would be ambiguous. */
export function refuseStridedDilation(kind: string, strides: Pair, dilation: Pair): void {
  if (Math.max(...strides) === 1 || Math.max(...dilation) === 1) return;
  throw new ArgumentError({
    where: kind,
    expected: 'strides of 1 or a dilationRate of 1',
    received: `strides [${strides.join(', ')}] and dilationRate [${dilation.join(', ')}]`,
    hint: 'use one of the two',
  });
}
