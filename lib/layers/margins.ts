/** What layers share that put zeros around sequences, images and volumes, or cut their margins off. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, optional, type Read, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { tooSmall } from '../types/messages.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape, type Pair, type Spatial } from './window.js';

type Sides = readonly Pair[];

const amount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const forms = {
  1: 'or [before, after]',
  2: '[vertical, horizontal], or [[top, bottom], [left, right]]',
  3: '[depth, height, width], or [[front, back], [top, bottom], [left, right]]',
} as const;

/** One number, one for each axis, or [before, after] for each; a sequence's two numbers are before and after. */
function margins(spatial: Spatial): Reader<Sides> {
  return (value, where) => {
    const given: readonly unknown[] = Array.isArray(value) ? value : Array<unknown>(spatial).fill(value);
    const single = spatial === 1 && given.length === 2 && given.every(amount) ? [given] : given;
    const pairs = single.map((side): readonly unknown[] => (Array.isArray(side) ? side : [side, side]));
    if (pairs.length === spatial && pairs.every((pair) => pair.length === 2 && pair.every(amount))) return pairs as unknown as Sides;
    throw new ArgumentError({
      where,
      expected: `a whole number of at least 0${spatial === 1 ? ' ' : ', '}${forms[spatial]}`,
      received: describe(value),
    });
  };
}

/** A sequence's margins stand in configs as [before, after]. */
function configured(sides: Sides): readonly number[] | Sides {
  return sides.length === 1 ? sides[0]! : sides;
}

function paddingReaders(spatial: Spatial) {
  return {
    ...layerReaders,
    padding: optional(margins(spatial), Array<Pair>(spatial).fill([1, 1])),
    dataFormat: dataFormatReader,
  };
}

/** A frame of zeros. */
export abstract class ZeroPadding<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<ReturnType<typeof paddingReaders>>;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    options: (LayerOptions & { padding?: unknown; dataFormat?: DataFormat }) | undefined,
  ) {
    const read = readOptions(kind, options, paddingReaders(spatial));
    super(common(read));
    this.options = read;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { padding, dataFormat } = this.options;
    const grid = gridOf(this.kind, inputShape, dataFormat, this.spatial);
    const sides = grid.sides.map((side, i): Dim => (side === null ? null : side + padding[i]![0] + padding[i]![1]));
    return gridShape({ ...grid, sides }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { padding, dataFormat } = this.options;
    const none = [0, 0] as const;
    return ops.pad(x, dataFormat === 'channelsFirst' ? [none, none, ...padding] : [none, ...padding, none]);
  }

  override getConfig(): Config {
    const { padding, dataFormat } = this.options;
    return { ...super.getConfig(), padding: configured(padding), dataFormat };
  }
}

function croppingReaders(spatial: Spatial) {
  // Keras' default takes nothing off images, and 1 off sequences and volumes.
  const usual = spatial === 2 ? 0 : 1;
  return {
    ...layerReaders,
    cropping: optional(margins(spatial), Array<Pair>(spatial).fill([usual, usual])),
    dataFormat: dataFormatReader,
  };
}

/** Without a margin. */
export abstract class Cropping<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<ReturnType<typeof croppingReaders>>;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    options: (LayerOptions & { cropping?: unknown; dataFormat?: DataFormat }) | undefined,
  ) {
    const read = readOptions(kind, options, croppingReaders(spatial));
    super(common(read));
    this.options = read;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { cropping, dataFormat } = this.options;
    const shape = inputShape as BatchShape;
    const grid = gridOf(this.kind, shape, dataFormat, this.spatial);
    const sides = grid.sides.map((side, i): Dim => (side === null ? null : side - cropping[i]![0] - cropping[i]![1]));
    if (sides.some((side) => side !== null && side < 1)) throw new ShapeError(tooSmall(this.kind, withoutBatch(shape)));
    return gridShape({ ...grid, sides }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { cropping, dataFormat } = this.options;
    const first = dataFormat === 'channelsFirst' ? 2 : 1;
    const begin = x.shape.map((_, axis) => cropping[axis - first]?.[0] ?? 0);
    const sizes = x.shape.map((dim, axis) => dim - begin[axis]! - (cropping[axis - first]?.[1] ?? 0));
    return ops.slice(x, begin, sizes);
  }

  override getConfig(): Config {
    const { cropping, dataFormat } = this.options;
    // Keras' sequences are always channels last.
    return { ...super.getConfig(), cropping: configured(cropping), ...(this.spatial > 1 && { dataFormat }) };
  }
}
