/** Normalisation of groups of channels. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, optional, type Read, readOptions, real, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { axisReader } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { betaWeight, gammaWeight, scaleConfig, type ScaleOptions, scaleReaders } from './scale-options.js';
import { type BatchShape, normalAxis, type Shapes } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.groupNormalization`. */
export interface GroupNormalizationOptions extends LayerOptions, ScaleOptions {
  /** Number of groups; 32. -1: each channel by itself (instance normalisation). */
  groups?: number;
  /** The axis of the channels, counting the batch as 0; the last. */
  axis?: number;
}

const readers = {
  ...layerReaders,
  ...scaleReaders,
  groups: optional((value, where) => (value === -1 ? -1 : whole()(value, where)), 32),
  axis: optional(axisReader, -1),
  epsilon: optional(real({ low: 0 }), 1e-3),
};

/** Each sample's groups of channels to mean 0 and variance 1. */
export class GroupNormalization<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private gamma: Weight | undefined;
  private beta: Weight | undefined;
  private channels: number | undefined;

  constructor(options?: GroupNormalizationOptions) {
    const read = readOptions('groupNormalization', options, readers);
    super(common(read));
    this.options = read;
  }

  override get className(): string {
    return 'GroupNormalization';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  private checked(shape: BatchShape): number {
    const { axis, groups } = this.options;
    const channels = shape[normalAxis(this.kind, axis, shape)] ?? null;
    if (channels !== null && (groups === -1 || channels % groups === 0)) return channels;
    throw new ShapeError({
      where: this.kind,
      expected: groups === -1 ? 'a known number of channels' : `a number of channels that ${groups} groups divide`,
      received: channels === null ? 'an unknown one' : String(channels),
      hint: channels === null ? `give axis ${axis} of the input shape as a number` : 'choose another number of groups',
    });
  }

  override build(inputShape: Shapes): void {
    this.channels = this.checked(inputShape as BatchShape);
    const [gamma, beta] = [gammaWeight(this.options, [this.channels]), betaWeight(this.options, [this.channels])];
    if (gamma) this.gamma = this.addWeight(gamma);
    if (beta) this.beta = this.addWeight(beta);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    this.checked(shape);
    this.expectAxis(shape, this.options.axis, this.channels, 'channels');
    return shape;
  }

  override call(x: Tensor): Tensor {
    const axis = normalAxis(this.kind, this.options.axis, x.shape);
    const channels = x.shape[axis]!;
    const groups = this.options.groups === -1 ? channels : this.options.groups;
    const split = [...x.shape.slice(0, axis), groups, channels / groups, ...x.shape.slice(axis + 1)];
    const grouped = ops.reshape<readonly number[]>(x, split) as Tensor;
    const within = split.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
    const { mean, variance } = ops.moments(grouped, within, true);
    const perChannel = (weight: Tensor): Tensor =>
      ops.reshape<readonly number[]>(
        weight,
        split.map((dim, i) => (i === axis || i === axis + 1 ? dim : 1)),
      );
    let factor: Tensor = ops.rsqrt(ops.add(variance, this.options.epsilon));
    if (this.gamma) factor = ops.multiply(factor, perChannel(this.gamma));
    let y: Tensor = ops.multiply(ops.subtract(grouped, mean), factor);
    if (this.beta) y = ops.add(y, perChannel(this.beta));
    return ops.reshape<readonly number[]>(y, x.shape);
  }

  override getConfig(): Config {
    const { groups, axis, epsilon } = this.options;
    return { ...super.getConfig(), groups, axis, epsilon, ...scaleConfig(this.options) };
  }
}

registerLayer('GroupNormalization', GroupNormalization);

/**
 * Brings groups of channels of each sample to mean 0 and variance 1, then applies a learned factor and offset a channel; for batches too small
 * for batch normalisation. Source: Keras 3, keras.layers.GroupNormalization.
 *
 * Shapes: the output has the shape of the input. Weights: gamma, beta, each [channels]. A ShapeError where the groups do not divide the channels.
 *
 * @example
 * layers.groupNormalization({ groups: 8 });
 */
export function groupNormalization(options?: GroupNormalizationOptions): GroupNormalization<SameShape<'groupNormalization'>> {
  return new GroupNormalization(options);
}
