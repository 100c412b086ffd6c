/** Shape arithmetic of layers that slide a window over sequences, images and volumes. Shapes here have the batch in front. */
import { ArgumentError, ShapeError } from '../errors.js';
import { oneOf, optional, type Reader } from '../options/index.js';
import { imageInput, type Spatial, windowTooLarge } from '../types/messages.js';
import { type DataFormat, imageDataFormat } from './defaults.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';

export type { Spatial };
export type Padding = 'valid' | 'same';
export type Pair = readonly [number, number];
export type PairLike = number | Pair;

/** The order of the axes; the global one where the option is absent. */
export const dataFormatReader: Reader<DataFormat> = optional(oneOf('channelsLast', 'channelsFirst'), imageDataFormat);

/** A batch, the sides of its sequences, images or volumes, and their channels, whatever the data format. */
export interface Grid {
  batch: Dim;
  sides: readonly Dim[];
  channels: Dim;
}

/** Takes a shape apart, or refuses one that has not `spatial` sides. */
export function gridOf(kind: string, inputShape: Shapes, format: DataFormat, spatial: Spatial): Grid {
  const shape = inputShape as BatchShape;
  if (shape.length !== spatial + 2) throw new ShapeError(imageInput(kind, withoutBatch(shape), format, spatial));
  const rest = shape.slice(1);
  return format === 'channelsFirst'
    ? { batch: shape[0]!, channels: rest[0]!, sides: rest.slice(1) }
    : { batch: shape[0]!, channels: rest[spatial]!, sides: rest.slice(0, spatial) };
}

/** The other way round. */
export function gridShape({ batch, sides, channels }: Grid, format: DataFormat): BatchShape {
  return format === 'channelsFirst' ? [batch, channels, ...sides] : [batch, ...sides, channels];
}

/** The axis of the channels. */
export function channelAxis(format: DataFormat): 1 | -1 {
  return format === 'channelsFirst' ? 1 : -1;
}

/** The number of channels, which weights depend on. */
export function knownChannels(kind: string, grid: Grid): number {
  if (grid.channels !== null) return grid.channels;
  throw new ShapeError({
    where: kind,
    expected: 'a known number of channels',
    received: 'an unknown one',
    hint: 'give the last axis of the input shape as a number',
  });
}

/** What a kernel of `size` covers when its cells lie `dilation` apart. */
function covered(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** How many places a window takes along a side. */
function places(side: Dim, window: number, stride: number, padding: Padding): Dim {
  if (side === null) return null;
  return padding === 'same' ? Math.ceil(side / stride) : Math.floor((side - window) / stride) + 1;
}

/** A window's sizes, steps and padding; one number of each list a side. */
export interface Window {
  size: readonly number[];
  strides: readonly number[];
  /** 'causal' gives as many places as 'same'. */
  padding: Padding | 'causal';
  dilation?: readonly number[];
}

/** The sides after a window, or the error that it does not fit. */
export function slide(kind: string, word: 'kernel' | 'pool', shape: BatchShape, grid: Grid, window: Window): Dim[] {
  const { size, strides, dilation } = window;
  const padding = window.padding === 'causal' ? 'same' : window.padding;
  const extent = size.map((one, i) => covered(one, dilation?.[i] ?? 1));
  const sides = grid.sides.map((side, i) => places(side, extent[i]!, strides[i]!, padding));
  if (sides.some((side) => side !== null && side < 1)) {
    throw new ShapeError(windowTooLarge(kind, word, extent, withoutBatch(shape)));
  }
  return sides;
}

/** Keras refuses the two together: the gradient would be ambiguous. */
export function refuseStridedDilation(kind: string, strides: readonly number[], dilation: readonly number[]): void {
  if (Math.max(...strides) === 1 || Math.max(...dilation) === 1) return;
  throw new ArgumentError({
    where: kind,
    expected: 'strides of 1 or a dilationRate of 1',
    received: `strides [${strides.join(', ')}] and dilationRate [${dilation.join(', ')}]`,
    hint: 'use one of the two',
  });
}

/** `padding` of layers over sequences, which know 'causal' as well, or over images and volumes. */
export function paddingReader(spatial: Spatial): Reader<Padding | 'causal'> {
  return optional(spatial === 1 ? oneOf('valid', 'same', 'causal') : oneOf('valid', 'same'), 'valid');
}
