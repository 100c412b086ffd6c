/** Ops composed of others: NumPy's, transforms, matrices taken apart, images, loops. */
import * as ops from '../../../lib/ops/index.js';
import type { Tensor } from '../../../lib/tensor/tensor.js';
import { input } from '../../support/gradcheck.js';
import { ints, m, positive, type Row, x } from './row.js';

const pair = [input([2, 5], 3), input([2, 5], 4)];
const [sum, times] = [(a: Tensor, b: Tensor) => ops.add(a, b), (a: Tensor, b: Tensor) => ops.multiply(a, b)];

/** A symmetric matrix with eigenvalues that keep apart. */
function symmetric(a: Tensor): Tensor {
  return ops.add(ops.add(a, ops.transpose(a)), ops.diag(ops.cast(ops.arange(1, 10, 3), a.dtype)));
}

export const rows: Row[] = [
  { name: 'append', fn: (a, b) => ops.append(a, b, { axis: 0 }), at: [m, input([2, 4], 5)] },
  { name: 'arraySplit', fn: (a) => ops.multiply(ops.arraySplit(a, 2)[1]!, 3), at: [m] },
  { name: 'hsplit', fn: (a) => ops.multiply(ops.hsplit(a, 2)[1]!, 3), at: [m] },
  { name: 'vsplit', fn: (a) => ops.multiply(ops.vsplit(a, 3)[1]!, 3), at: [m] },
  { name: 'dsplit', fn: (a) => ops.multiply(ops.dsplit(a, 2)[1]!, 3), at: [x] },
  { name: 'dstack', fn: (a, b) => ops.dstack([a, b]), at: [m, input([3, 4], 5)] },
  { name: 'fliplr', fn: (a) => ops.fliplr(a), at: [m] },
  { name: 'flipud', fn: (a) => ops.flipud(a), at: [m] },
  { name: 'diagflat', fn: (a) => ops.diagflat(a, 1), at: [m] },
  { name: 'ptp', fn: (a) => ops.ptp(a, 1), at: [m] },
  { name: 'select', fn: (a, b) => ops.select([ops.greater(a, 0), ops.greater(b, 0)], [a, b], 0.5), at: [m, input([3, 4], 5)] },
  { name: 'vander', fn: (a) => ops.vander(a, { N: 4 }), at: [input([3], 5)] },
  { name: 'trapezoid', fn: (a, b) => ops.trapezoid(a, { x: b, axis: 0 }), at: [m, input([3], 5)] },
  { name: 'rearrange', fn: (a) => ops.rearrange(a, 'r (c two) -> two (c r)', { two: 2 }), at: [m] },
  { name: 'sinc', fn: (a) => ops.sinc(a), at: [m] },
  { name: 'i0', fn: (a) => ops.i0(a), at: [m] },
  { name: 'fmod', fn: (a, b) => ops.fmod(a, b), at: [input([4], 1, 3.1, 3.9), input([4], 2, 1.1, 1.4)] },
  { name: 'fmax', fn: (a, b) => ops.fmax(a, b), at: [m, input([3, 4], 5)] },
  { name: 'fmin', fn: (a, b) => ops.fmin(a, b), at: [m, input([3, 4], 5)] },
  { name: 'ldexp', fn: (a) => ops.ldexp(a, 3), at: [m] },
  { name: 'logaddexp2', fn: (a, b) => ops.logaddexp2(a, b), at: [m, input([3, 4], 5)] },
  { name: 'real', fn: (a) => ops.real(a), at: [m] },
  { name: 'saturateCast', fn: (a) => ops.saturateCast(ops.multiply(a, 1), 'float64'), at: [m] },
  { name: 'convertToTensor', fn: (a) => ops.convertToTensor(a), at: [m] },
  { name: 'percentile', fn: (a) => ops.percentile(a, 30, { axis: 0 }), at: [input([5, 2], 6)] },
  { name: 'nanquantile', fn: (a) => ops.nanquantile(a, 0.3, { axis: 0 }), at: [input([5, 2], 6)] },
  { name: 'nanpercentile', fn: (a) => ops.nanpercentile(a, 30, { axis: 0 }), at: [input([5, 2], 6)] },
  { name: 'nanmedian', fn: (a) => ops.nanmedian(a, 1), at: [input([3, 5], 6)] },
  { name: 'nancumsum', fn: (a) => ops.nancumsum(a, 1), at: [m] },
  { name: 'nancumprod', fn: (a) => ops.nancumprod(a, 1), at: [m] },
  { name: 'max with initial', fn: (a) => ops.max(a, { axis: 1, initial: 0.1 }), at: [m] },
  { name: 'min with initial', fn: (a) => ops.min(a, { axis: 1, initial: -0.1 }), at: [m] },
  { name: 'cross along other axes', fn: (a, b) => ops.cross(a, b, { axisa: 0, axisc: 0 }), at: [input([3, 2]), input([2, 3], 2)] },
  ...(['add', 'mul', 'max', 'min'] as const).map((reduction): Row => ({
    name: `scatterUpdate, ${reduction}`,
    fn: (a, b) => ops.scatterUpdate(a, ints([1, 2], [2, 1]), b, { reduction }),
    at: [input([4], 1), input([2], 5)],
  })),
  { name: 'segmentMin', fn: (a) => ops.segmentMin(a, ints([0, 1, 0]), 2), at: [m] },
  { name: 'segmentProd', fn: (a) => ops.segmentProd(a, ints([0, 1, 0]), 2), at: [m] },
  { name: 'cdist', fn: (a, b) => ops.cdist(a, b), at: [m, input([2, 4], 5, 2, 3)] },
  { name: 'psnr', fn: (a, b) => ops.psnr(a, b, 2), at: [m, input([3, 4], 5)] },
  { name: 'unfold', fn: (a) => ops.unfold(a, 2, { padding: 1, stride: 2 }), at: [input([1, 2, 3, 4])] },
  { name: 'fold', fn: (a) => ops.fold(a, [3, 4], 2, { padding: 1, stride: [2, 1] }), at: [input([1, 8, 10])] },
  { name: 'fft', fn: (a, b) => times(...ops.fft([a, b])), at: pair },
  { name: 'fft2', fn: (a, b) => times(...ops.fft2([a, b])), at: pair },
  { name: 'ifft2', fn: (a, b) => times(...ops.ifft2([a, b])), at: pair },
  { name: 'rfft', fn: (a) => times(...ops.rfft(a, { fftLength: 7 })), at: [m] },
  { name: 'irfft', fn: (a, b) => ops.irfft([a, b]), at: pair },
  { name: 'correlate', fn: (a, b) => ops.correlate(a, b, 'same'), at: [input([5]), input([3], 2)] },
  { name: 'extractSequences', fn: (a) => ops.extractSequences(a, 3, 1), at: [m] },
  { name: 'stft', fn: (a) => times(...ops.stft(a, 4, 2, 6)), at: [input([12])] },
  { name: 'istft', fn: (a, b) => ops.istft([a, b], 6, 2, 8, { window: 'hamming' }), at: pair },
  {
    name: 'linalg.choleskyInverse',
    fn: (a) => ops.linalg.choleskyInverse(ops.add(ops.tril(a), ops.multiply(ops.eye(3, 3, { dtype: 'float64' }), 2))),
    at: [input([3, 3])],
  },
  { name: 'linalg.logdet', fn: (a) => ops.logdet(symmetric(a)), at: [input([3, 3], 2, 0, 0.4)] },
  { name: 'linalg.slogdet', fn: (a) => ops.slogdet(a)[1], at: [input([2, 3, 3])], rtol: 1e-5, atol: 1e-5 },
  { name: 'linalg.qr', fn: (a) => ops.concatenate(ops.linalg.qr(a), 0), at: [input([4, 3])], rtol: 1e-5, atol: 1e-5 },
  {
    name: 'linalg.eigh',
    fn: (a) => {
      const [w, v] = ops.linalg.eigh(symmetric(a));
      return sum(ops.expandDims(w, 0), ops.square(v));
    },
    at: [input([3, 3])],
    rtol: 1e-5,
    atol: 1e-5,
  },
  {
    name: 'linalg.svd',
    fn: (a) => {
      const [u, s, vt] = ops.linalg.svd(a, { fullMatrices: false });
      return sum(sum(ops.square(u), s), ops.sum(ops.square(ops.multiply(vt, vt)), 0));
    },
    at: [input([4, 3], 8)],
    rtol: 1e-5,
    atol: 1e-5,
  },
  { name: 'linalg.svd, values', fn: (a) => ops.linalg.svd(a, { computeUv: false }), at: [input([2, 4], 8)], rtol: 1e-5, atol: 1e-5 },
  { name: 'linalg.luFactor', fn: (a) => ops.linalg.luFactor(a)[0], at: [input([3, 3], 2)], rtol: 1e-5, atol: 1e-5 },
  { name: 'linalg.pinv', fn: (a) => ops.linalg.pinv(a), at: [input([4, 3], 8)], rtol: 1e-5, atol: 1e-5 },
  { name: 'linalg.lstsq', fn: (a, b) => ops.linalg.lstsq(a, b), at: [input([4, 3], 8), input([4], 9)], rtol: 1e-5, atol: 1e-5 },
  { name: 'jvp', fn: (a, b) => ops.jvp((t) => ops.sin(t), [a], [b])[1], at: [m, input([3, 4], 5)] },
  { name: 'image.extractPatches3d', fn: (a) => ops.image.extractPatches3d(a, 2, { padding: 'same' }), at: [input([1, 3, 2, 3, 1])] },
  { name: 'image.gaussianBlur', fn: (a) => ops.image.gaussianBlur(a), at: [input([1, 3, 4, 2])] },
  { name: 'image.sobelEdges', fn: (a) => ops.image.sobelEdges(a), at: [input([1, 3, 4, 2])] },
  {
    name: 'image.ssim',
    fn: (a, b) => ops.image.ssim(a, b, { filterSize: 3 }),
    at: [input([1, 4, 5, 1], 1, 0, 1), input([1, 4, 5, 1], 2, 0, 1)],
    rtol: 1e-5,
    atol: 1e-5,
  },
  { name: 'image.scaleAndTranslate', fn: (a) => ops.image.scaleAndTranslate(a, [5, 4], [1.5], [0.25], [0], 'cubic'), at: [m] },
  {
    name: 'cond',
    fn: (a) =>
      ops.cond(
        ops.greater(ops.sum(a), 0),
        () => ops.square(a),
        () => ops.negative(a),
      ),
    at: [m],
  },
  { name: 'switch', fn: (a) => ops.switch(ints([1], []), [(t: Tensor) => t, (t: Tensor) => ops.square(t)], a), at: [m] },
  { name: 'foriLoop', fn: (a) => ops.foriLoop(0, 3, (i, t) => ops.multiply(ops.sin(t), i + 1), a), at: [m] },
  {
    name: 'whileLoop',
    fn: (a) =>
      ops.whileLoop(
        (_, n) => n < 2,
        (t, n): [Tensor, number] => [ops.square(t), n + 1],
        [a, 0] as [Tensor, number],
      )[0],
    at: [positive],
  },
  {
    name: 'scan',
    fn: (a) => ops.scan((c: Tensor, t: Tensor) => [ops.multiply(ops.add(c, t), 0.5), ops.square(c)], ops.zeros([4], 'float64'), a)[1],
    at: [m],
  },
  { name: 'associativeScan', fn: (a) => ops.associativeScan((p, q) => ops.multiply(p, q), a), at: [input([5, 2], 2, 0.5, 1.5)] },
  { name: 'map', fn: (a) => ops.map((row: Tensor) => ops.softmax(row), a), at: [m] },
  { name: 'vectorizedMap', fn: (a) => ops.vectorizedMap((row: Tensor) => ops.square(row), a), at: [m] },
];
