import assert from 'node:assert/strict';
import { initializers, layers, ops, sequential, tensor, type Tensor } from '../../lib/index.js';
import { taperNames, taperOf } from '../../lib/ops/tapers.js';
import { assertClose, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const kernels = (frame: number, bins: number) => ({ real_kernel: [frame, 1, bins], imag_kernel: [frame, 1, bins] });

conforms('stftSpectrogram', {
  make: () => layers.stftSpectrogram({ frameLength: 6, frameStep: 4, window: 'hamming' }),
  input: [14, 2],
  output: [3, 10],
  weights: kernels(6, 5),
});
conforms('stftSpectrogram, density of power, channels first', {
  make: () => layers.stftSpectrogram({ mode: 'psd', frameLength: 4, fftLength: 6, padding: 'same', dataFormat: 'channelsFirst' }),
  input: [2, 7],
  output: [8, 4],
  weights: kernels(4, 4),
});
conforms('stftSpectrogram, one part', {
  make: () => layers.stftSpectrogram({ mode: 'imag', frameLength: 4, window: null, expandDims: true, dataFormat: 'channelsFirst' }),
  input: [2, 8],
  output: [2, 3, 3],
  weights: { imag_kernel: [4, 1, 3] },
});
conforms('stftSpectrogram, angles', {
  make: () => layers.stftSpectrogram({ mode: 'angle', frameLength: 4, window: [1, 2, 2, 1], scaling: null, periodic: true }),
  input: [8, 1],
  output: [3, 3],
  weights: kernels(4, 3),
  low: 0.5,
});
conforms('melSpectrogram', {
  make: () => layers.melSpectrogram({ fftLength: 8, sequenceStride: 4, sequenceLength: 6, numMelBins: 2, samplingRate: 800, magExp: 1.5 }),
  input: [13],
  output: [2, 4],
});

const data = (shape: readonly number[]): Tensor =>
  tensor(
    randoms(
      shape.reduce((a, b) => a * b, 1),
      1,
      -1,
      1,
    ),
    shape,
  );

/** The transform by its definition: real and imaginary numbers of one frame. */
function transform(frame: readonly number[], bins: number, period: number): [number, number][] {
  return Array.from({ length: bins }, (_, k) => {
    const angles = frame.map((_, t) => (-2 * Math.PI * t * k) / period);
    return [
      frame.reduce((sum, value, t) => sum + value * Math.cos(angles[t]!), 0),
      frame.reduce((sum, value, t) => sum + value * Math.sin(angles[t]!), 0),
    ];
  });
}

describe('windows', () => {
  it('have the numbers that their formulas give by hand', () => {
    const five = {
      ...{ boxcar: [1, 1, 1, 1, 1], hann: [0, 0.5, 1, 0.5, 0], hamming: [0.08, 0.54, 1, 0.54, 0.08], blackman: [0, 0.34, 1, 0.34, 0] },
      ...{ nuttall: [0.0003628, 0.2269824, 1, 0.2269824, 0.0003628], blackmanharris: [0.00006, 0.21747, 1, 0.21747, 0.00006] },
      ...{ flattop: [-0.000421051, -0.05473684, 1.000000003, -0.05473684, -0.000421051], bartlett: [0, 0.5, 1, 0.5, 0] },
      ...{ triang: [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3], barthann: [0, 0.5, 1, 0.5, 0], bohman: [0, 1 / Math.PI, 1, 1 / Math.PI, 0] },
      ...{ cosine: [1, 3, 5, 7, 9].map((n) => Math.sin((n * Math.PI) / 10)), parzen: [0.016, 0.424, 1, 0.424, 0.016] },
      ...{ tukey: [0, 1, 1, 1, 0], exponential: [2, 1, 0, 1, 2].map((n) => Math.exp(-n)), lanczos: [0, 2 / Math.PI, 1, 2 / Math.PI, 0] },
    };
    assert.deepEqual(Object.keys(five).sort(), [...taperNames].sort());
    for (const name of taperNames) assertClose(taperOf(name, 5, false, 'test'), five[name], { rtol: 1e-9, atol: 1e-12 }, name);
  });

  it('that are periodic begin longer ones', () => {
    for (const name of taperNames) {
      assertClose(taperOf(name, 6, true, 'test'), Array.from(taperOf(name, 7, false, 'test')).slice(0, 6));
      assert.deepEqual([...taperOf(name, 1, true, 'test')], [1]);
    }
  });
});

describe('stftSpectrogram', () => {
  it('begins as the transform of windowed frames', () => {
    const x = randoms(20, 3);
    const taper = [0, 0.5, 1, 0.5];
    const layer = layers.stftSpectrogram({ mode: 'stft', frameLength: 4, frameStep: 3, fftLength: 8, window: 'hann', periodic: true });
    const y = numbers(layer.apply(tensor(x, [1, 20, 1], 'float32')));
    const scale = Math.sqrt(1.5);
    const wanted = Array.from({ length: 6 }, (_, i) => {
      const parts = transform(
        taper.map((w, t) => (w * x[3 * i + t]!) / scale),
        5,
        8,
      );
      return [...parts.map(([re]) => re), ...parts.map(([, im]) => im)];
    });
    assertClose(y, wanted.flat());
    layer.dispose();
  });

  it('shows the same in all arrangements', () => {
    const x = data([2, 9, 3]);
    const options = { frameLength: 4, mode: 'magnitude' } as const;
    const wide = layers.stftSpectrogram({ ...options, expandDims: true });
    const plain = numbers(layers.stftSpectrogram(options).apply(x));
    const y = wide.apply(x);
    assert.deepEqual([...y.shape], [2, 3, 3, 3]);
    assert.deepEqual(numbers(ops.transpose(y, [0, 1, 3, 2])), plain);
    const turned = ops.transpose(x, [0, 2, 1]);
    const first = layers.stftSpectrogram({ ...options, dataFormat: 'channelsFirst' }).apply(turned);
    assert.deepEqual(numbers(ops.transpose(first, [0, 2, 1])), plain);
    const image = layers.stftSpectrogram({ ...options, dataFormat: 'channelsFirst', expandDims: true }).apply(turned);
    assert.deepEqual(numbers(ops.transpose(image, [0, 2, 1, 3])), plain);
  });

  it('learns unless it is told not to', () => {
    const net = sequential([32, 1]).add(layers.stftSpectrogram({ frameLength: 8, trainable: false }));
    assert.equal(net.trainableWeights.length, 0);
    assert.equal(net.weights.length, 2);
    assert.deepEqual(net.outputShape, [null, 7, 5]);
    net.dispose();
  });

  it('scales its window to a sum of 1, of squares of 1, or not', () => {
    const sums = (['spectrum', 'density', null] as const).map((scaling) => {
      const first = initializers.stft({ scaling, window: [1, 2, 2] }).call([3, 1, 3], 'float64');
      return numbers(first).reduce((sum, value, i) => sum + (i % 3 === 0 ? value : 0), 0);
    });
    assertClose(sums, [1, 5 / 3, 5]);
  });

  refuses([
    [
      'steps longer than a frame',
      () => layers.stftSpectrogram({ frameLength: 8, frameStep: 9 }),
      'ArgumentError',
      'stftSpectrogram frameStep: expected at most frameLength, 8, got 9',
    ],
    [
      'a transform shorter than a frame',
      () => layers.stftSpectrogram({ frameLength: 8, fftLength: 4 }),
      'ArgumentError',
      'stftSpectrogram fftLength: expected at least frameLength, 8, got 4',
    ],
    [
      'an unknown window',
      () => layers.stftSpectrogram({ window: 'hamning' as never }),
      'ArgumentError',
      'stftSpectrogram window: expected a window (boxcar, hann, hamming',
    ],
    [
      'a window of another length',
      () => layers.stftSpectrogram({ frameLength: 4, window: [1, 2] }).build([null, 8, 1]),
      'ArgumentError',
      'stft window: expected a window of 4 numbers, got 2',
    ],
    [
      'signals shorter than a frame',
      () => layers.stftSpectrogram({ frameLength: 8 }).apply(data([1, 7, 1])),
      'ShapeError',
      'stftSpectrogram: kernel 8 does not fit the input [7, 1]',
    ],
    [
      'another kernel than one of frames',
      () => initializers.stft().call([4, 2, 3], 'float32'),
      'ShapeError',
      'stft: expected [frameLength, 1, bins] to initialize, got [4, 2, 3]',
    ],
  ]);
});

describe('melSpectrogram', () => {
  it('finds a tone in its band, and keeps 80 decibels below it', () => {
    const rate = 8000;
    const tone = (hertz: number) => Float32Array.from({ length: 4096 }, (_, t) => Math.sin((2 * Math.PI * hertz * t) / rate));
    const layer = layers.melSpectrogram({ fftLength: 512, sequenceStride: 256, numMelBins: 16, samplingRate: rate });
    const strongest = [300, 1000, 3000].map((hertz) => {
      const y = layer.apply(tensor(tone(hertz), [1, 4096]));
      assert.deepEqual([...y.shape], [1, 16, 17]);
      const values = numbers(y);
      assertClose([Math.min(...values)], [Math.max(...values) - 80], { rtol: 1e-5, atol: 1e-3 });
      return numbers(ops.argmax(ops.mean(y, -1), { axis: -1 }))[0]!;
    });
    // Bands lie evenly on the mel scale between 20 and 4000 hertz.
    const mel = (hertz: number) => Math.log(1 + hertz / 700);
    const wanted = [300, 1000, 3000].map((hertz) => Math.round(((mel(hertz) - mel(20)) / (mel(4000) - mel(20))) * 17) - 1);
    assert.deepEqual(strongest, wanted);
    layer.dispose();
  });

  it('takes one signal as it takes a batch', () => {
    const layer = layers.melSpectrogram({ fftLength: 16, sequenceStride: 8, numMelBins: 3, samplingRate: 800, powerToDb: false });
    const x = data([40]);
    const one = layer.apply(x);
    assert.deepEqual([...one.shape], [3, 6]);
    assert.deepEqual(numbers(one), numbers(layer.apply(ops.expandDims(x, 0))));
    layer.dispose();
  });

  it('has triangles of height 1 at most, and none at 0 hertz', () => {
    const matrix = layers.melSpectrogram().linearToMelWeightMatrix({ numSpectrogramBins: 65, numMelBins: 4 });
    assert.deepEqual([...matrix.shape], [65, 4]);
    const values = numbers(matrix);
    assert.deepEqual(values.slice(0, 4), [0, 0, 0, 0]);
    assert.ok(values.every((value) => value >= 0 && value <= 1));
    assert.ok(Math.max(...values) > 0.9);
  });

  it('measures decibels from another power', () => {
    const options = { fftLength: 16, sequenceStride: 8, numMelBins: 3, samplingRate: 800 };
    const x = data([1, 40]);
    const plain = numbers(layers.melSpectrogram(options).apply(x));
    assertClose(
      layers.melSpectrogram({ ...options, refPower: 100 }).apply(x),
      plain.map((level) => level - 20),
      { rtol: 1e-5, atol: 1e-4 },
    );
  });

  refuses([
    [
      'signals that are too short to be mirrored',
      () => layers.melSpectrogram({ fftLength: 32 }).apply(data([1, 16])),
      'ShapeError',
      'melSpectrogram: expected at least 17 samples, since both ends are mirrored by 16, got 16',
    ],
    [
      'signals of several channels',
      () => layers.melSpectrogram({ fftLength: 32 }).apply(data([1, 40, 2])),
      'ShapeError',
      'melSpectrogram: expected [samples], got [40, 2]; give it signals of one channel',
    ],
    [
      'frames longer than the transform',
      () => layers.melSpectrogram({ fftLength: 32, sequenceLength: 40 }),
      'ArgumentError',
      'melSpectrogram sequenceLength: expected at most fftLength, 32, got 40',
    ],
    [
      'bands without width',
      () => layers.melSpectrogram({ minFreq: 100, maxFreq: 50 }),
      'ArgumentError',
      'melSpectrogram maxFreq: expected more than minFreq, 100, got 50',
    ],
    [
      'other windows',
      () => layers.melSpectrogram({ window: 'parzen' as never }),
      'ArgumentError',
      'melSpectrogram window: expected a window (hann, hamming)',
    ],
  ]);
});
