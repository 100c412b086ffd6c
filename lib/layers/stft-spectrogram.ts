/** Spectrograms by convolutions whose kernels begin as a short-time Fourier transform, and may learn. */
import { ArgumentError } from '../errors.js';
import { initializer } from '../initializers/index.js';
import { stftReaders, type StftScaling } from '../initializers/stft.js';
import { convolve } from '../ops/conv-any.js';
import * as ops from '../ops/index.js';
import type { Taper } from '../ops/tapers.js';
import { type Config, flag, nullable, oneOf, optional, type Read, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { StftShape } from '../types/audio.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import type { Weight } from './weight.js';
import { dataFormatReader, gridOf, type Padding, slide } from './window.js';

const modes = ['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'] as const;

/** What a spectrogram shows: the logarithm of magnitudes, magnitudes, power density, the parts of the complex numbers, their angle, or both parts. */
export type StftMode = (typeof modes)[number];

/** Options of `layers.stftSpectrogram`. */
export interface STFTSpectrogramOptions<
  M extends StftMode = StftMode,
  L extends number = number,
  S extends number | null = number | null,
  T extends number | null = number | null,
  P extends Padding = Padding,
  E extends boolean = boolean,
  F extends DataFormat = DataFormat,
> extends LayerOptions {
  /** 'log' by default. */
  mode?: M;
  /** Samples in a frame; 256. */
  frameLength?: L;
  /** Samples from one frame to the next, `frameLength` at most; half of it. */
  frameStep?: S;
  /** Frequencies are those of a Fourier transform of this length, `frameLength` at least; the next power of two. */
  fftLength?: T;
  /** A name as SciPy has it, the window's numbers, or null for none; 'hann'. */
  window?: Taper | null;
  /** Whether the window repeats after its end; false: it is symmetric. */
  periodic?: boolean;
  /** Of the window: to a sum of squares of 1, to a sum of 1, or not at all; 'density'. */
  scaling?: StftScaling;
  padding?: P;
  /** Gives images: frequencies on an axis of their own, channels kept apart; false. */
  expandDims?: E;
  /** [steps, channels] or [channels, steps]. */
  dataFormat?: F;
}

const readers = {
  ...layerReaders,
  ...stftReaders,
  mode: optional(oneOf(...modes), 'log'),
  frameLength: optional(whole(), 256),
  frameStep: nullable(whole()),
  fftLength: nullable(whole()),
  padding: optional(oneOf('valid', 'same'), 'valid'),
  expandDims: optional(flag, false),
  dataFormat: dataFormatReader,
};

/** Keras' epsilon, below which no magnitude falls. */
const LEAST = 1e-7;

/** Signals to spectrograms. */
export class STFTSpectrogram<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private readonly step: number;
  private readonly bins: number;
  private realKernel: Weight | undefined;
  private imagKernel: Weight | undefined;

  constructor(options?: STFTSpectrogramOptions) {
    const read = readOptions('stftSpectrogram', options, readers);
    super(common(read));
    this.options = read;
    const { frameLength, frameStep, fftLength } = read;
    if (frameStep !== null && frameStep > frameLength) {
      throw new ArgumentError({
        where: 'stftSpectrogram frameStep',
        expected: `at most frameLength, ${frameLength}`,
        received: `${frameStep}`,
      });
    }
    if (fftLength !== null && fftLength < frameLength) {
      throw new ArgumentError({
        where: 'stftSpectrogram fftLength',
        expected: `at least frameLength, ${frameLength}`,
        received: `${fftLength}`,
      });
    }
    this.step = frameStep ?? Math.max(1, Math.floor(frameLength / 2));
    this.bins = Math.floor((fftLength ?? 2 ** Math.ceil(Math.log2(frameLength))) / 2) + 1;
  }

  override get className(): string {
    return 'STFTSpectrogram';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  private kernel(side: 'real' | 'imag'): Weight {
    const { window, scaling, periodic, frameLength } = this.options;
    return this.addWeight({
      name: `${side}_kernel`,
      shape: [frameLength, 1, this.bins],
      layout: [2, 0, 1],
      initializer: initializer({ className: 'STFT', config: { side, window, scaling, periodic } }, this.kind),
    });
  }

  override build(inputShape: Shapes): void {
    const { mode } = this.options;
    if (mode !== 'imag') this.realKernel = this.kernel('real');
    if (mode !== 'real') this.imagKernel = this.kernel('imag');
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { mode, frameLength, padding, expandDims, dataFormat } = this.options;
    const shape = inputShape as BatchShape;
    const grid = gridOf(this.kind, shape, dataFormat, 1);
    const [time] = slide(this.kind, 'kernel', shape, grid, { size: [frameLength], strides: [this.step], padding });
    const { batch, channels } = grid;
    const bins = mode === 'stft' ? 2 * this.bins : this.bins;
    const first = dataFormat === 'channelsFirst';
    if (expandDims) return first ? [batch, channels, time!, bins] : [batch, time!, bins, channels];
    const features = channels === null ? null : channels * bins;
    return first ? [batch, features, time!] : [batch, time!, features];
  }

  override call(x: Tensor): Tensor {
    const { mode, padding, dataFormat } = this.options;
    const [batch, channels, steps] = (dataFormat === 'channelsFirst' ? x.shape : [x.shape[0], x.shape[2], x.shape[1]]) as readonly [
      number,
      number,
      number,
    ];
    // Every channel is a signal of its own to the same kernels.
    const apart = dataFormat === 'channelsFirst' || channels === 1 ? x : ops.transpose(x, [0, 2, 1]);
    const signals = ops.reshape<readonly number[]>(apart, [batch * channels, steps, 1]);
    const kernels = [this.realKernel, this.imagKernel].filter((kernel) => kernel !== undefined);
    const kernel = kernels.length === 1 ? kernels[0]! : ops.concatenate(kernels, { axis: 0 });
    const both = convolve(this.kind, signals, kernel, { strides: this.step, padding });
    return this.arranged(this.shown(both, mode), batch, channels);
  }

  /** What the mode makes of the parts, which lie side by side along the last axis. */
  private shown(both: Tensor, mode: StftMode): Tensor {
    if (mode === 'real' || mode === 'imag' || mode === 'stft') return both;
    const [real, imag] = ops.split(both, 2, -1) as [Tensor, Tensor];
    if (mode === 'angle') return ops.arctan2(imag, real);
    const power = ops.add(ops.square(real), ops.square(imag));
    if (mode === 'psd') {
      // All frequencies but the first and the last stand for a negative one as well.
      const twice = Array.from({ length: this.bins }, (_, k) => (k === 0 || k === this.bins - 1 ? 1 : 2));
      return ops.multiply(power, twice);
    }
    const magnitude = ops.sqrt(ops.maximum(power, LEAST));
    return mode === 'magnitude' ? magnitude : ops.log(ops.maximum(magnitude, LEAST));
  }

  /** [batch · channels, time, bins] as the options want it. */
  private arranged(y: Tensor, batch: number, channels: number): Tensor {
    const { expandDims, dataFormat } = this.options;
    const [, time, bins] = y.shape as readonly [number, number, number];
    const apart = ops.reshape<readonly number[]>(y, [batch, channels, time, bins]) as Tensor;
    if (dataFormat === 'channelsFirst') {
      if (expandDims) return apart;
      return ops.reshape<readonly number[]>(ops.transpose(apart, [0, 1, 3, 2]), [batch, channels * bins, time]);
    }
    if (expandDims) return ops.transpose(apart, [0, 2, 3, 1]);
    return ops.reshape<readonly number[]>(channels === 1 ? apart : ops.transpose(apart, [0, 2, 1, 3]), [batch, time, channels * bins]);
  }

  override getConfig(): Config {
    const { mode, frameLength, frameStep, fftLength, window, periodic, scaling, padding, expandDims, dataFormat } = this.options;
    return {
      ...super.getConfig(),
      ...{ mode, frameLength, frameStep, fftLength, window, periodic, scaling, padding, expandDims, dataFormat },
    };
  }
}

registerLayer('STFTSpectrogram', STFTSpectrogram);

/**
 * Spectrograms of signals by a short-time Fourier transform, each channel by itself. The transform is a convolution whose kernels learn, unless
 * `trainable` is false. Source: Keras 3, keras.layers.STFTSpectrogram.
 *
 * Shapes: [batch, steps, channels] to [batch, time, channels · bins], where bins is fftLength / 2 + 1 (mode 'stft' gives real and imaginary
 * parts, twice as many); with `expandDims` [batch, time, bins, channels]; channelsFirst [batch, channels · bins, time] and
 * [batch, channels, time, bins]. Weights: real_kernel and imag_kernel [frameLength, 1, bins], without those that the mode does not need. A
 * ShapeError for signals shorter than a frame.
 *
 * @example
 * layers.stftSpectrogram({ frameLength: 256, frameStep: 128, fftLength: 512, trainable: false });
 */
export function stftSpectrogram<
  const M extends StftMode = 'log',
  const L extends number = 256,
  const S extends number | null = null,
  const T extends number | null = null,
  const P extends Padding = 'valid',
  const E extends boolean = false,
  const F extends DataFormat = 'channelsLast',
>(options?: STFTSpectrogramOptions<M, L, S, T, P, E, F>): STFTSpectrogram<StftShape<M, L, S, T, P, E, F>> {
  return new STFTSpectrogram(options);
}
