/** Spectrograms on the mel scale, which has bands as wide as ears hear them. */
import { ArgumentError, ShapeError } from '../errors.js';
import { initializer } from '../initializers/index.js';
import { convolve } from '../ops/conv-any.js';
import * as ops from '../ops/index.js';
import { type Taper, taperOf, taperReader } from '../ops/tapers.js';
import { type Config, flag, nullable, optional, type Read, readOptions, real, whole } from '../options/index.js';
import { tensor } from '../tensor/create.js';
import { type DType, typedArray } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { MelShape } from '../types/audio.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.melSpectrogram`. */
export interface MelSpectrogramOptions<
  B extends number = number,
  S extends number = number,
  T extends number = number,
> extends LayerOptions {
  /** Length of the Fourier transform; 2048. */
  fftLength?: T;
  /** Samples from one frame to the next; 512. */
  sequenceStride?: S;
  /** Samples in a frame, `fftLength` at most; as many. */
  sequenceLength?: number | null;
  /** 'hann' (the default), 'hamming', the window's numbers, or null for none. */
  window?: 'hann' | 'hamming' | readonly number[] | null;
  /** Samples a second; 16 000. */
  samplingRate?: number;
  /** Number of bands; 128. */
  numMelBins?: B;
  /** Lowest frequency of the bands; 20. */
  minFreq?: number;
  /** Highest frequency; half the sampling rate. */
  maxFreq?: number | null;
  /** Gives decibels; true. */
  powerToDb?: boolean;
  /** Decibels below the loudest of the batch that are still told apart; 80. */
  topDb?: number;
  /** Power of the magnitude: 1 for magnitudes, 2 (the default) for power. */
  magExp?: number;
  /** The least power that decibels are taken of; 1e-10. */
  minPower?: number;
  /** The power that counts as 0 decibels; 1. */
  refPower?: number;
}

const window = taperReader(['hann', 'hamming']);

const readers = {
  ...layerReaders,
  fftLength: optional(whole(), 2048),
  sequenceStride: optional(whole(), 512),
  sequenceLength: nullable(whole()),
  window: (value: unknown, where: string): Taper | null => (value === null ? null : value === undefined ? 'hann' : window(value, where)),
  samplingRate: optional(real({ above: 0 }), 16_000),
  numMelBins: optional(whole(), 128),
  minFreq: optional(real({ low: 0 }), 20),
  maxFreq: nullable(real({ above: 0 })),
  powerToDb: optional(flag, true),
  topDb: optional(real(), 80),
  magExp: optional(real(), 2),
  minPower: optional(real({ above: 0 }), 1e-10),
  refPower: optional(real(), 1),
};

/** What a matrix from linear frequencies to bands depends on. */
export interface MelMatrixOptions {
  numMelBins?: number;
  numSpectrogramBins?: number;
  samplingRate?: number;
  lowerEdgeHertz?: number;
  upperEdgeHertz?: number;
}

function mel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

/** Triangles on the mel scale, [bins, bands]; the bin of frequency 0 belongs to no band. */
function melMatrix(bins: number, bands: number, rate: number, low: number, high: number, dtype: DType): Tensor {
  const [from, to] = [mel(low), mel(high)];
  const edge = (i: number): number => from + ((to - from) * i) / (bands + 1);
  const values = typedArray(dtype, bins * bands);
  for (let k = 1; k < bins; k++) {
    const at = mel((rate / 2) * (k / (bins - 1)));
    for (let band = 0; band < bands; band++) {
      const [left, top, right] = [edge(band), edge(band + 1), edge(band + 2)];
      values[k * bands + band] = Math.max(0, Math.min((at - left) / (top - left), (right - at) / (right - top)));
    }
  }
  return tensor(values, [bins, bands], dtype);
}

/** Signals to mel spectrograms. */
export class MelSpectrogram<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private readonly length: number;
  /** Sines and cosines under the window, and the bands: kept on the device, and no weights in Keras' sense. */
  private transform!: Weight;
  private bands!: Weight;

  constructor(options?: MelSpectrogramOptions) {
    const read = readOptions('melSpectrogram', options, readers);
    super(common(read));
    this.options = read;
    const { fftLength, sequenceLength, window: taper, minFreq } = read;
    this.length = sequenceLength ?? fftLength;
    const refuse = (option: string, expected: string, received: number): ArgumentError =>
      new ArgumentError({ where: `melSpectrogram ${option}`, expected, received: `${received}` });
    if (this.length > fftLength) throw refuse('sequenceLength', `at most fftLength, ${fftLength}`, this.length);
    if (this.highest <= minFreq) throw refuse('maxFreq', `more than minFreq, ${minFreq}`, this.highest);
    if (taper !== null) taperOf(taper, this.length, true, 'melSpectrogram window');
  }

  private get highest(): number {
    return this.options.maxFreq ?? Math.floor(this.options.samplingRate / 2);
  }

  private get bins(): number {
    return Math.floor(this.options.fftLength / 2) + 1;
  }

  override get className(): string {
    return 'MelSpectrogram';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get weights(): Weight[] {
    return super.weights.filter((weight) => weight !== this.transform && weight !== this.bands);
  }

  override dispose(): void {
    super.dispose();
    for (const weight of this.ownWeights) weight.dispose();
  }

  /** [2 bins, fftLength, 1]: real rows, then imaginary ones; a window shorter than the transform lies in its middle. */
  private fourier(dtype: DType): Tensor {
    const { fftLength, window: taper } = this.options;
    const { length, bins } = this;
    const factors = taper === null ? undefined : taperOf(taper, length, true, 'melSpectrogram window');
    const before = Math.floor((fftLength - length) / 2);
    const values = typedArray(dtype, 2 * bins * fftLength);
    for (let k = 0; k < bins; k++) {
      for (let t = 0; t < fftLength; t++) {
        // Without a window the whole transform is the frame, as in Keras.
        const factor = factors ? (factors[t - before] ?? 0) : 1;
        const angle = (-2 * Math.PI * ((t * k) % fftLength)) / fftLength;
        values[k * fftLength + t] = factor * Math.cos(angle);
        values[(bins + k) * fftLength + t] = factor * Math.sin(angle);
      }
    }
    return tensor(values, [2 * bins, fftLength, 1], dtype);
  }

  override build(inputShape: Shapes): void {
    const { numMelBins, samplingRate, minFreq, fftLength } = this.options;
    const constant = (name: string, shape: readonly number[], make: (dtype: DType) => Tensor): Weight =>
      this.addWeight({ name, shape, initializer: initializer((_: unknown, dtype: DType) => make(dtype), this.kind), trainable: false });
    this.transform = constant('transform', [2 * this.bins, fftLength, 1], (dtype) => this.fourier(dtype));
    this.bands = constant('bands', [this.bins, numMelBins], (dtype) =>
      melMatrix(this.bins, numMelBins, samplingRate, minFreq, this.highest, dtype),
    );
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { fftLength, sequenceStride, numMelBins } = this.options;
    const shape = inputShape as BatchShape;
    const shown = `[${withoutBatch(shape)
      .map((dim) => dim ?? '?')
      .join(', ')}]`;
    if (shape.length < 1 || shape.length > 2) {
      throw new ShapeError({ where: this.kind, expected: '[samples]', received: shown, hint: 'give it signals of one channel' });
    }
    const samples = shape.at(-1)!;
    const half = Math.floor(fftLength / 2);
    if (samples !== null && samples <= half) {
      throw new ShapeError({
        where: this.kind,
        expected: `at least ${half + 1} samples, since both ends are mirrored by ${half}`,
        received: String(samples),
        hint: 'use a smaller fftLength or longer signals',
      });
    }
    const frames = samples === null ? null : Math.floor((samples + 2 * half - fftLength) / sequenceStride) + 1;
    return [...shape.slice(0, -1), numMelBins, frames];
  }

  override call(x: Tensor): Tensor {
    const { fftLength, sequenceStride, magExp, powerToDb } = this.options;
    const batch = x.rank === 1 ? 1 : x.shape[0]!;
    const half = Math.floor(fftLength / 2);
    const signals = ops.reshape<readonly number[]>(x, [batch, x.shape.at(-1)!]) as Tensor;
    const padded = ops.expandDims(ops.pad(signals, [[0, 0], [half, half]], { mode: 'reflect' }), -1); // prettier-ignore
    const [re, im] = ops.split(convolve(this.kind, padded, this.transform, { strides: sequenceStride }), 2, -1) as [Tensor, Tensor];
    const power = ops.add(ops.square(re), ops.square(im));
    const bands = ops.matmul(magExp === 2 ? power : ops.power(power, magExp / 2), this.bands);
    const y = ops.transpose(powerToDb ? this.decibels(bands) : bands, [0, 2, 1]);
    return x.rank === 1 ? ops.squeeze(y, 0) : y;
  }

  private decibels(bands: Tensor): Tensor {
    const { minPower, refPower, topDb } = this.options;
    const zero = 10 * Math.log10(Math.max(Math.abs(refPower), minPower));
    const levels = ops.subtract(ops.multiply(ops.log10(ops.maximum(bands, minPower)), 10), zero);
    return ops.maximum(levels, ops.subtract(ops.max(levels), topDb));
  }

  /**
   * The matrix [numSpectrogramBins, numMelBins] that takes powers at evenly spaced frequencies from 0 to half the sampling rate to bands on the mel
   * scale. Source: Keras 3, MelSpectrogram.linear_to_mel_weight_matrix.
   *
   * @example
   * ops.matmul(spectrogram, layer.linearToMelWeightMatrix({ numSpectrogramBins: 257 }));
   */
  linearToMelWeightMatrix(options?: MelMatrixOptions): Tensor {
    const read = readOptions('linearToMelWeightMatrix', options, {
      numMelBins: optional(whole(), 20),
      numSpectrogramBins: optional(whole(2), 129),
      samplingRate: optional(real({ above: 0 }), 8000),
      lowerEdgeHertz: optional(real({ low: 0 }), 125),
      upperEdgeHertz: optional(real({ above: 0 }), 3800),
    });
    const { numSpectrogramBins, numMelBins, samplingRate, lowerEdgeHertz, upperEdgeHertz } = read;
    return melMatrix(numSpectrogramBins, numMelBins, samplingRate, lowerEdgeHertz, upperEdgeHertz, this.dtype);
  }

  override getConfig(): Config {
    const { name: _, trainable: __, dtype: ___, inputShape: ____, activityRegularizer: _____, ...own } = this.options;
    return { ...super.getConfig(), ...own, sequenceLength: this.length, maxFreq: this.highest };
  }
}

registerLayer('MelSpectrogram', MelSpectrogram);

/**
 * Spectrograms of signals in bands as ears hear them: the power of a short-time Fourier transform, summed by triangles on the mel scale, in
 * decibels. Nothing of it learns. Source: Keras 3, keras.layers.MelSpectrogram.
 *
 * Shapes: [batch, samples] to [batch, numMelBins, time], with 1 + samples / sequenceStride frames: both ends are mirrored by half of
 * `fftLength`, and a ShapeError says that a signal is too short for it. `layer.call` also takes one signal, [samples]. The transform is a product with a
 * matrix of fftLength · fftLength numbers, which stays on the device.
 *
 * @example
 * sequential([16_000]).add(layers.melSpectrogram({ numMelBins: 64, samplingRate: 8000, sequenceStride: 256 }));
 */
export function melSpectrogram<const B extends number = 128, const S extends number = 512, const T extends number = 2048>(
  options?: MelSpectrogramOptions<B, S, T>,
): MelSpectrogram<MelShape<B, S, T>> {
  return new MelSpectrogram(options);
}
