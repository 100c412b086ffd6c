/** What separable convolutions of sequences and images share: filters for each channel, then a mix of the channels. */
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import { convolve } from '../ops/conv-any.js';
import { type Config, nullable, optional, type Read, readOptions, whole } from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { ChannelwiseConv, type DepthwiseConvOptions, depthwiseReaders } from './depthwise-conv.js';
import { activated, biasWeight, named, serialized } from './kernel-options.js';
import type { BatchShape, Shapes } from './symbolic.js';
import type { Weight } from './weight.js';
import type { Spatial } from './window.js';

/** Options of `layers.separableConv1d` and `separableConv2d`. */
export interface SeparableConvOptions extends DepthwiseConvOptions {
  /** Number of filters: channels of the output. */
  filters: number;
  pointwiseInitializer?: InitializerLike;
  pointwiseRegularizer?: RegularizerLike | null;
  pointwiseConstraint?: ConstraintLike | null;
}

function readersOf(spatial: Spatial) {
  return {
    ...depthwiseReaders(spatial),
    filters: whole(),
    pointwiseInitializer: optional(initializer, named(initializer, 'glorotUniform')),
    pointwiseRegularizer: nullable(regularizer),
    pointwiseConstraint: nullable(constraint),
  };
}

/** A depthwise convolution, then one of size 1 over all channels. */
export abstract class SeparableConv<F extends ShapeFn = AnyShape> extends ChannelwiseConv<F> {
  private readonly options: Read<ReturnType<typeof readersOf>>;
  private pointwise!: Weight;
  private bias: Weight | undefined;

  constructor(kind: string, spatial: Spatial, options: SeparableConvOptions) {
    const read = readOptions(kind, options, readersOf(spatial));
    super(kind, spatial, read);
    this.options = read;
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options, spatial } = this;
    const channels = this.channelsOf(inputShape);
    this.addDepthwise('depthwise_kernel', channels);
    this.pointwise = this.addWeight({
      name: 'pointwise_kernel',
      shape: [...Array<number>(spatial).fill(1), channels * options.depthMultiplier, options.filters],
      layout: [spatial + 1, ...Array.from({ length: spatial + 1 }, (_, i) => i)],
      initializer: options.pointwiseInitializer,
      regularizer: options.pointwiseRegularizer,
      constraint: options.pointwiseConstraint,
    });
    if (options.useBias) {
      this.bias = this.addWeight(biasWeight(options, [options.filters]));
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return this.shapeFor(inputShape, () => this.options.filters);
  }

  override call(x: Tensor): Tensor {
    const { activation, dataFormat } = this.options;
    const each = this.convolveChannels(x);
    return activated(activation, (fused) => convolve(this.kind, each, this.pointwise, { dataFormat, bias: this.bias, ...fused }));
  }

  override getConfig(): Config {
    const { options } = this;
    return {
      ...super.getConfig(),
      filters: options.filters,
      pointwiseInitializer: serialized(options.pointwiseInitializer),
      pointwiseRegularizer: serialized(options.pointwiseRegularizer),
      pointwiseConstraint: serialized(options.pointwiseConstraint),
    };
  }
}
