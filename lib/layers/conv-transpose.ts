/** What transposed convolutions of sequences, images and volumes share. */
import { ArgumentError, ShapeError } from '../errors.js';
import { convolveBack } from '../ops/conv-any.js';
import { transposedSize } from '../ops/conv2d.js';
import { type Config, nullable, oneOf, optional, type Read, readOptions, sizes, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { activated, biasWeight, kernelConfig, type KernelOptions, kernelReaders, kernelWeight } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';
import {
  channelAxis,
  dataFormatReader,
  gridOf,
  gridShape,
  knownChannels,
  type Padding,
  refuseStridedDilation,
  type Spatial,
} from './window.js';

/** Options of `layers.conv1dTranspose`, `conv2dTranspose` and `conv3dTranspose`. */
export interface ConvTransposeOptions extends LayerOptions, KernelOptions {
  /** Number of filters: channels of the output. */
  filters: number;
  kernelSize: number | readonly number[];
  /** How much larger the input becomes; 1. */
  strides?: number | readonly number[];
  padding?: Padding;
  /** Elements added at the end, fewer than the strides; by itself what makes the size regular. */
  outputPadding?: number | readonly number[] | null;
  dataFormat?: DataFormat;
  dilationRate?: number | readonly number[];
}

function readersOf(spatial: Spatial) {
  return {
    ...layerReaders,
    ...kernelReaders,
    filters: whole(),
    kernelSize: sizes(spatial),
    strides: optional(sizes(spatial), Array<number>(spatial).fill(1)),
    padding: optional(oneOf('valid', 'same'), 'valid' as const),
    outputPadding: nullable(sizes(spatial, 0)),
    dataFormat: dataFormatReader,
    dilationRate: optional(sizes(spatial), Array<number>(spatial).fill(1)),
  };
}

const nouns = { 1: 'a sequence', 2: 'an image', 3: 'a volume' } as const;

/** A convolution run backwards: inputs become larger. */
export abstract class ConvTranspose<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<ReturnType<typeof readersOf>>;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    options: ConvTransposeOptions,
  ) {
    const read = readOptions(kind, options, readersOf(spatial));
    super(common(read));
    this.options = read;
    const { strides, outputPadding, dilationRate } = read;
    refuseStridedDilation(kind, strides, dilationRate);
    if (outputPadding?.some((added, i) => added >= strides[i]!)) {
      throw new ArgumentError({
        where: `${kind} outputPadding`,
        expected: `less than the strides [${strides.join(', ')}]`,
        received: `[${outputPadding.join(', ')}]`,
        hint: 'leave it out, or use larger strides',
      });
    }
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options, spatial } = this;
    const channels = knownChannels(this.kind, gridOf(this.kind, inputShape, options.dataFormat, spatial));
    this.kernel = this.addWeight(
      kernelWeight(
        options,
        [...options.kernelSize, options.filters, channels],
        [spatial + 1, ...Array.from({ length: spatial + 1 }, (_, i) => i)],
      ),
    );
    if (options.useBias) {
      this.bias = this.addWeight(biasWeight(options, [options.filters]));
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { filters, kernelSize, strides, padding, outputPadding, dilationRate, dataFormat } = this.options;
    const shape = inputShape as BatchShape;
    const grid = gridOf(this.kind, shape, dataFormat, this.spatial);
    this.expectAxis(shape, channelAxis(dataFormat), this.kernel?.kerasShape[this.spatial + 1], 'channels');
    const sides = grid.sides.map((size, i): Dim =>
      size === null ? null : transposedSize(size, kernelSize[i]!, strides[i]!, dilationRate[i]!, padding, outputPadding?.[i] ?? null),
    );
    if (sides.some((side) => side !== null && side < 1)) {
      throw new ShapeError({
        where: this.kind,
        expected: `${nouns[this.spatial]} that leaves something after padding is taken off`,
        received: `[${withoutBatch(shape).join(', ')}]`,
        hint: "use padding 'valid' or a smaller kernel",
      });
    }
    return gridShape({ batch: grid.batch, sides, channels: filters }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { strides, padding, outputPadding, dilationRate, dataFormat, activation } = this.options;
    const sliding = { strides, padding, outputPadding, dilationRate, dataFormat, bias: this.bias };
    return activated(activation, (fused) => convolveBack(this.kind, x, this.kernel, { ...sliding, ...fused }));
  }

  override getConfig(): Config {
    const { filters, kernelSize, strides, padding, outputPadding, dataFormat, dilationRate } = this.options;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      ...{ filters, kernelSize, strides, padding, outputPadding, dataFormat, dilationRate },
      ...kernelConfig(this.options),
    };
  }
}
