/** The step of convolutional LSTMs: gates of convolutions of the frame and of the state before it. */
import type { ActivationLike } from '../../activations/index.js';
import type { Initializer } from '../../initializers/index.js';
import { convolve } from '../../ops/conv-any.js';
import * as ops from '../../ops/index.js';
import { type Config, flag, oneOf, optional, type Read, sizes, whole } from '../../options/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { DataFormat } from '../defaults.js';
import { common, layerReaders } from '../layer.js';
import type { BatchShape, Shapes } from '../symbolic.js';
import type { Weight } from '../weight.js';
import { channelAxis, gridOf, gridShape, knownChannels, refuseStridedDilation, slide, type Spatial } from '../window.js';
import { type Prepared, SequenceCell, type Stepped } from './cell.js';
import { type CellOptions, recurrentActivation, weightConfig, weightReaders } from './gates.js';
import { forgetBias, gated } from './lstm.js';

/** Options of the step. */
export interface ConvLSTMCellOptions extends Omit<CellOptions, 'units'> {
  /** Number of filters: channels of the state and of the output. */
  filters: number;
  /** Lengths of the filters. */
  kernelSize: number | readonly number[];
  /** Steps of the filters over the input; 1. */
  strides?: number | readonly number[];
  /** Of the convolution of the input: 'valid' keeps the filters inside, 'same' keeps the size (at strides of 1). That of the state keeps its size. */
  padding?: 'valid' | 'same';
  /** Distance of the cells of the filters over the input; 1. */
  dilationRate?: number | readonly number[];
  /** Of the gates; 'sigmoid'. */
  recurrentActivation?: ActivationLike | null;
  /** The bias of the forget gate begins with ones; true. */
  unitForgetBias?: boolean;
}

export function convCellReaders(spatial: Spatial) {
  const ones = Array<number>(spatial).fill(1);
  return {
    ...layerReaders,
    ...weightReaders,
    recurrentActivation,
    unitForgetBias: optional(flag, true),
    filters: whole(),
    kernelSize: sizes(spatial),
    strides: optional(sizes(spatial), ones),
    padding: optional(oneOf('valid', 'same'), 'valid'),
    dilationRate: optional(sizes(spatial), ones),
  };
}

const GATES = 4;

/** The axes of frames whose first one is `from`, with the channels moved to the end, or back to the front. */
export function turned<T>(list: readonly T[], from: number, to: 'last' | 'first'): T[] {
  const [before, frame] = [list.slice(0, from), list.slice(from)];
  return to === 'last' ? [...before, ...frame.slice(1), frame[0]!] : [...before, frame.at(-1)!, ...frame.slice(0, -1)];
}

/** Frames here are channels last; the layer turns those that are not, and only errors show them as they were given. Kernels lie as [4 filters, size..., in], a gate after the other. */
export class ConvLSTMCell<F extends ShapeFn = AnyShape> extends SequenceCell<F> {
  readonly stateSizes: readonly number[];
  private readonly settings: Read<ReturnType<typeof convCellReaders>>;
  private kernel!: Weight;
  private recurrentKernel!: Weight;
  private bias: Weight | undefined;

  constructor(
    private readonly spatial: Spatial,
    settings: Read<ReturnType<typeof convCellReaders>>,
    private readonly given: DataFormat,
  ) {
    super(common(settings), settings.seed);
    this.settings = settings;
    this.stateSizes = [settings.filters, settings.filters];
    refuseStridedDilation(this.kind, settings.strides, settings.dilationRate);
  }

  override get className(): string {
    return 'ConvLSTMCell';
  }

  /** Errors are headed with the layer's name: nobody makes the cell by itself. */
  override get kind(): string {
    return `convLstm${this.spatial}d`;
  }

  private biasInitializer(): Initializer {
    const { biasInitializer, unitForgetBias, filters } = this.settings;
    return unitForgetBias ? forgetBias(biasInitializer, filters, this.kind) : biasInitializer;
  }

  override build(inputShape: Shapes): void {
    const { settings, spatial } = this;
    const { filters, kernelSize } = settings;
    const channels = knownChannels(this.kind, gridOf(this.kind, this.inputOf(inputShape), 'channelsLast', spatial));
    const layout = [spatial + 1, ...Array.from({ length: spatial + 1 }, (_, i) => i)];
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...kernelSize, channels, GATES * filters],
      layout,
      initializer: settings.kernelInitializer,
      regularizer: settings.kernelRegularizer,
      constraint: settings.kernelConstraint,
    });
    this.recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: [...kernelSize, filters, GATES * filters],
      layout,
      initializer: settings.recurrentInitializer,
      regularizer: settings.recurrentRegularizer,
      constraint: settings.recurrentConstraint,
    });
    if (settings.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: [GATES * filters],
        initializer: this.biasInitializer(),
        regularizer: settings.biasRegularizer,
        constraint: settings.biasConstraint,
      });
    }
    super.build(inputShape);
  }

  /** The shape of the state for that of a frame. */
  stateShape(frame: BatchShape): BatchShape {
    const { filters, kernelSize, strides, padding, dilationRate } = this.settings;
    const grid = gridOf(this.kind, frame, 'channelsLast', this.spatial);
    const shown = this.given === 'channelsFirst' ? turned(frame, 1, 'first') : frame;
    this.expectAxis(shown, channelAxis(this.given), this.kernel?.kerasShape[this.spatial], 'channels');
    const sides = slide(this.kind, 'kernel', shown, grid, { size: kernelSize, strides, padding, dilation: dilationRate });
    return gridShape({ batch: grid.batch, sides, channels: filters }, 'channelsLast');
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    const state = this.stateShape(this.inputOf(inputShape));
    return [state, state, state];
  }

  override initialStates(sequence: Tensor): Tensor[] {
    const [batch, , ...frame] = sequence.shape as readonly [number, number, ...number[]];
    const shape = this.stateShape([batch, ...frame]) as readonly number[];
    return [ops.zeros(shape, this.dtype), ops.zeros(shape, this.dtype)];
  }

  /** Frames of all steps are one batch to the convolution of the input. */
  override prepare(sequence: Tensor, training: boolean): Prepared {
    const { strides, padding, dilationRate, dropout, recurrentDropout } = this.settings;
    const [batch, steps, ...frame] = sequence.shape as readonly [number, number, ...number[]];
    const sliding = { strides, padding, dilationRate };
    const flat = (x: Tensor): Tensor => ops.reshape<readonly number[]>(x, [batch * steps, ...frame]);
    let sums: Tensor;
    if (training && dropout > 0) {
      // Each gate drops by itself.
      const parts = ops.split(this.kernel, GATES, 0);
      const each = parts.map((part) => convolve(this.kind, flat(this.droppedInput(sequence, dropout, training)), part, sliding));
      const joined = ops.concatenate(each, { axis: -1 });
      sums = this.bias ? ops.add(joined, this.bias) : joined;
    } else {
      sums = convolve(this.kind, flat(sequence), this.kernel, { ...sliding, bias: this.bias });
    }
    const [, ...state] = this.stateShape([batch, ...frame]) as readonly [number, ...number[]];
    return {
      sequence: ops.reshape<readonly number[]>(sums, [batch, steps, ...sums.shape.slice(1)]),
      stateMasks: this.stateMasks(sequence, state, recurrentDropout, GATES, training),
    };
  }

  private recurrent(state: Tensor, { stateMasks }: Prepared): Tensor {
    const sliding = { padding: 'same' as const };
    if (!stateMasks) return convolve(this.kind, state, this.recurrentKernel, sliding);
    const parts = ops.split(this.recurrentKernel, GATES, 0);
    const each = parts.map((part, i) => convolve(this.kind, ops.mul(state, stateMasks[i]!), part, sliding));
    return ops.concatenate(each, { axis: -1 });
  }

  step(x: Tensor, [state, carry]: readonly Tensor[], prepared: Prepared): Stepped {
    const { activation, recurrentActivation } = this.settings;
    return gated(ops.add(x, this.recurrent(state!, prepared)), carry!, -1, activation, recurrentActivation);
  }

  override getConfig(): Config {
    const { filters, kernelSize, strides, padding, dilationRate, unitForgetBias } = this.settings;
    return {
      ...super.getConfig(),
      ...{ filters, kernelSize, strides, padding, dilationRate },
      ...weightConfig(this.settings),
      recurrentActivation: this.settings.recurrentActivation.config,
      unitForgetBias,
    };
  }
}
