import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('zeroPadding1d', { make: () => layers.zeroPadding1d([2, 1]), input: [3, 2], output: [6, 2] });
conforms('zeroPadding1d, channels first', {
  make: () => layers.zeroPadding1d({ dataFormat: 'channelsFirst' }),
  input: [2, 3],
  output: [2, 5],
});
conforms('zeroPadding3d', { make: () => layers.zeroPadding3d([[1, 0], [0, 2], [1, 1]]), input: [1, 2, 1, 2], output: [2, 4, 3, 2] }); // prettier-ignore
conforms('zeroPadding3d, channels first', {
  make: () => layers.zeroPadding3d([1, 0, 2], { dataFormat: 'channelsFirst' }),
  input: [2, 1, 2, 1],
  output: [2, 3, 2, 5],
});
conforms('cropping1d', { make: () => layers.cropping1d([1, 2]), input: [5, 2], output: [2, 2] });
conforms('cropping2d', { make: () => layers.cropping2d([[1, 0], [0, 2]]), input: [3, 4, 2], output: [2, 2, 2] }); // prettier-ignore
conforms('cropping2d, channels first', {
  make: () => layers.cropping2d(1, { dataFormat: 'channelsFirst' }),
  input: [2, 3, 4],
  output: [2, 1, 2],
});
conforms('cropping3d', { make: () => layers.cropping3d([0, 1, 0]), input: [2, 3, 1, 2], output: [2, 1, 1, 2] });
conforms('upSampling1d', { make: () => layers.upSampling1d(3), input: [2, 2], output: [6, 2] });
conforms('upSampling2d', { make: () => layers.upSampling2d([2, 3]), input: [2, 1, 2], output: [4, 3, 2] });
conforms('upSampling2d, bilinear, channels first', {
  make: () => layers.upSampling2d(2, { interpolation: 'bilinear', dataFormat: 'channelsFirst' }),
  input: [2, 2, 3],
  output: [2, 4, 6],
});
conforms('upSampling3d', { make: () => layers.upSampling3d([1, 2, 2]), input: [2, 1, 2, 2], output: [2, 2, 4, 2] });
conforms('upSampling3d, channels first', {
  make: () => layers.upSampling3d({ dataFormat: 'channelsFirst' }),
  input: [2, 1, 2, 1],
  output: [2, 2, 4, 2],
});

describe('margins and enlargement', () => {
  it('pad, crop and repeat in order', () => {
    const x = tensor([1, 2, 3], [1, 3, 1]);
    assertClose(layers.zeroPadding1d([1, 0]).apply(x), [0, 1, 2, 3]);
    assertClose(layers.cropping1d([1, 0]).apply(x), [2, 3]);
    assertClose(layers.cropping1d(0).apply(x), [1, 2, 3]);
    assertClose(layers.upSampling1d().apply(x), [1, 1, 2, 2, 3, 3]);
    assertClose(layers.upSampling2d([1, 2]).apply(tensor([1, 2, 3, 4], [1, 2, 2, 1])), [1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it('undo each other', () => {
    const x = ops.random.normal([2, 3, 2, 4, 2], { seed: 3 });
    const sides = [
      [1, 2],
      [0, 1],
      [2, 0],
    ] as const;
    assertClose(layers.cropping3d(sides).apply(layers.zeroPadding3d(sides).apply(x) as never), x.dataSync());
  });

  it('interpolate as asked', () => {
    const x = tensor([0, 4], [1, 1, 2, 1]);
    assertClose(layers.upSampling2d([1, 2], { interpolation: 'bilinear' }).apply(x), [0, 1, 3, 4]);
    for (const interpolation of ['bicubic', 'lanczos3', 'lanczos5'] as const) {
      const layer = layers.upSampling2d(2, { interpolation });
      assertClose(layer.apply(ops.ones([1, 2, 3, 1])), new Array<number>(24).fill(1));
    }
  });

  refuses([
    [
      'cropping all there is',
      () => layers.cropping1d(2).apply(ops.zeros([1, 4, 1]) as never),
      'ShapeError',
      'cropping1d: expected an input larger than what is taken off, got [4, 1]; crop less',
    ],
    [
      'negative padding',
      () => layers.zeroPadding1d(-1),
      'ArgumentError',
      'zeroPadding1d padding: expected a whole number of at least 0 or [before, after], got -1',
    ],
    [
      'two sides of three',
      () => layers.cropping3d([1, 2] as never),
      'ArgumentError',
      'cropping3d cropping: expected a whole number of at least 0, [depth, height, width], or [[front, back], [top, bottom], [left, right]], got [1, 2]',
    ],
    [
      'a wrong interpolation',
      () => layers.upSampling2d(2, { interpolation: 'nearst' as never }),
      'ArgumentError',
      "upSampling2d interpolation: expected 'nearest' or 'bilinear' or 'bicubic' or 'lanczos3' or 'lanczos5', got 'nearst'; did you mean 'nearest'?",
    ],
  ]);
});
