/** `x · scale + offset`: raw pixels to numbers that networks like. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { constantArray } from '../ops/common.js';
import { type Config, describe, optional, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

type PerChannel = number | readonly number[];

/** Options of `layers.rescaling`. */
export interface RescalingOptions extends LayerOptions {
  /** One factor, or one for each element of the last axis. */
  scale: PerChannel;
  /** What is added; 0. */
  offset?: PerChannel;
}

const perChannel: Reader<PerChannel> = (value, where) => {
  const finite = (part: unknown): part is number => typeof part === 'number' && Number.isFinite(part);
  if (finite(value)) return value;
  if (Array.isArray(value) && value.length > 0 && value.every(finite)) return [...value];
  throw new ArgumentError({ where, expected: 'a finite number, or a list of one for each channel', received: describe(value) });
};

const readers = { ...layerReaders, scale: perChannel, offset: optional(perChannel, 0) };

/** Multiplies and adds. */
export class Rescaling<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly scale: PerChannel;
  private readonly offset: PerChannel;

  constructor(options: RescalingOptions) {
    const read = readOptions('rescaling', options, readers);
    super(common(read));
    this.scale = read.scale;
    this.offset = read.offset;
  }

  override get className(): string {
    return 'Rescaling';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    const last = shape.at(-1) ?? null;
    for (const list of [this.scale, this.offset]) {
      if (typeof list === 'number' || list.length === 1 || last === null || list.length === last) continue;
      throw new ShapeError({
        where: 'rescaling',
        expected: `${list.length} channels in the last axis`,
        received: `[${shape
          .slice(1)
          .map((dim) => dim ?? '?')
          .join(', ')}]`,
        hint: 'give one number, or one for each channel',
      });
    }
    return shape;
  }

  override call(x: Tensor): Tensor {
    const operand = (value: PerChannel): number | Tensor =>
      typeof value === 'number' ? value : constantArray(value, [value.length], x.dtype, x);
    const scaled = this.scale === 1 ? x : ops.multiply(x, operand(this.scale));
    return this.offset === 0 ? scaled : ops.add(scaled, operand(this.offset));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset };
  }
}

registerLayer('Rescaling', Rescaling);

/**
 * `x · scale + offset`, in floats; lists have one number for each element of the last axis. Source: Keras 3, keras.layers.Rescaling.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.rescaling(1 / 255);                    // 0..255 to 0..1
 * layers.rescaling(1 / 127.5, { offset: -1 });  // 0..255 to -1..1
 */
export function rescaling(scale: PerChannel, options?: Omit<RescalingOptions, 'scale'>): Rescaling<SameShape<'rescaling'>>;
export function rescaling(options: RescalingOptions): Rescaling<SameShape<'rescaling'>>;
export function rescaling(scale: PerChannel | RescalingOptions, options?: Omit<RescalingOptions, 'scale'>): Rescaling {
  return new Rescaling(shortForm(scale, 'scale', options));
}
