import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose, assertTensor } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';

const { image } = ops;

describe('ops on images', () => {
  it('resize keeps what has the size, and what is constant', () => {
    const x = tensor(randoms(2 * 4 * 5 * 3, 1), [2, 4, 5, 3]);
    for (const interpolation of ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const) {
      assertClose(image.resize(x, [4, 5], { interpolation }), x, { atol: 1e-6 }, interpolation);
      for (const antialias of [false, true]) {
        const flat = image.resize(ops.full([1, 7, 5, 2], 3), [3, 9], { interpolation, antialias });
        assertTensor(flat, ops.full([1, 3, 9, 2], 3), { shape: [1, 3, 9, 2] });
      }
    }
  });

  it('resize averages when it halves with antialias, takes the middle without', () => {
    const x = tensor([0, 2, 4, 6], [1, 4, 1]);
    assertTensor(image.resize(x, [1, 2], { interpolation: 'bilinear' }), [1, 5], { shape: [1, 2, 1] });
    assertTensor(image.resize(x, [1, 2], { interpolation: 'nearest' }), [2, 6], { shape: [1, 2, 1] });
    const wide = image.resize(tensor([8, 0, 0, 0], [1, 4, 1]), [1, 2], { antialias: true });
    assertTensor(wide, [8 * (0.75 / 1.75), 0], { shape: [1, 2, 1] });
  });

  it('resize keeps proportions by cropping or padding, and the dtype', () => {
    const x = tensor(
      Uint8Array.from({ length: 32 }, (_, i) => i * 4),
      [1, 4, 8, 1],
    );
    assertTensor(image.resize(x, 4, { cropToAspectRatio: true, interpolation: 'nearest' }), ops.getItem(x, '...', [2, 6], [null]), {
      dtype: 'uint8',
      shape: [1, 4, 4, 1],
    });
    const padded = image.resize(x, [8, 8], { padToAspectRatio: true, fillValue: 9, interpolation: 'nearest' });
    assertTensor(ops.getItem(padded, 0, [0, 2], 0, 0), [9, 9], { dtype: 'uint8' });
    assert.deepEqual([...image.resize(ops.ones([3, 4, 5]), [2, 2], { dataFormat: 'channelsFirst' }).shape], [3, 2, 2]);
  });

  it('patches, crops and frames', () => {
    const x = tensor(
      Float32Array.from({ length: 16 }, (_, i) => i),
      [1, 4, 4, 1],
    );
    assertTensor(image.extractPatches(x, 2), [
      [
        [
          [0, 1, 4, 5],
          [2, 3, 6, 7],
        ],
        [
          [8, 9, 12, 13],
          [10, 11, 14, 15],
        ],
      ],
    ]);
    assert.deepEqual([...image.extractPatches(x, 3, { strides: 1, padding: 'same' }).shape], [1, 4, 4, 9]);
    assert.deepEqual([...image.extractPatches(x, 2, { strides: 1, dilationRate: 2 }).shape], [1, 2, 2, 4]);
    const crop = image.cropImages(x, { topCropping: 1, targetHeight: 2, leftCropping: 0, rightCropping: 2 });
    assertTensor(crop, [
      [
        [[4], [5]],
        [[8], [9]],
      ],
    ]);
    const frame = image.padImages(crop, { topPadding: 1, bottomPadding: 0, leftPadding: 0, targetWidth: 3 });
    assertTensor(frame, [
      [
        [[0], [0], [0]],
        [[4], [5], [0]],
        [[8], [9], [0]],
      ],
    ]);
  });

  it('colours go to hue, saturation and value and back', () => {
    const x = tensor(randoms(60, 3, 0, 1), [4, 5, 3]);
    assertClose(image.hsvToRgb(image.rgbToHsv(x)), x, { atol: 1e-9 });
    assertTensor(
      image.rgbToHsv(
        tensor([
          [0, 1, 0],
          [0, 0, 0],
          [0.5, 0.5, 0.5],
        ]),
      ),
      [
        [1 / 3, 1, 1],
        [0, 0, 0],
        [0, 0, 0.5],
      ],
    );
    const first = ops.transpose(x, [2, 0, 1]);
    assertClose(image.rgbToHsv(first, { dataFormat: 'channelsFirst' }), ops.transpose(image.rgbToHsv(x), [2, 0, 1]));
    assertTensor(image.rgbToGrayscale(tensor([[[1, 1, 1]]])), [[[0.9999]]]);
  });

  it('affine transforms move, turn and fill', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    const moved = (fillMode: 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect') =>
      image.affineTransform(x, [1, 0, 1, 0, 1, 0, 0, 0], { fillMode, fillValue: 9 });
    assertTensor(moved('constant'), [2, 3, 9, 5, 6, 9], { shape: [1, 2, 3, 1] });
    assertTensor(moved('nearest'), [2, 3, 3, 5, 6, 6], { shape: [1, 2, 3, 1] });
    assertTensor(moved('wrap'), [2, 3, 1, 5, 6, 4], { shape: [1, 2, 3, 1] });
    assertTensor(moved('mirror'), [2, 3, 2, 5, 6, 5], { shape: [1, 2, 3, 1] });
    assertTensor(moved('reflect'), [2, 3, 3, 5, 6, 6], { shape: [1, 2, 3, 1] });
    const half = image.affineTransform(x, [1, 0, 0.5, 0, 1, 0, 0, 0], { fillMode: 'nearest' });
    assertTensor(half, [1.5, 2.5, 3, 4.5, 5.5, 6], { shape: [1, 2, 3, 1] });
    const near = image.affineTransform(x, [1, 0, 0.6, 0, 1, 0, 0, 0], { interpolation: 'nearest', fillMode: 'nearest' });
    assertTensor(near, [2, 3, 3, 5, 6, 6], { shape: [1, 2, 3, 1] });
    const two = ops.concatenate([x, ops.multiply(x, 10)]);
    const each = image.affineTransform(
      two,
      [
        [1, 0, 0, 0, 1, 0, 0, 0],
        [1, 0, 1, 0, 1, 0, 0, 0],
      ],
      { fillMode: 'nearest' },
    );
    assertTensor(each, [1, 2, 3, 4, 5, 6, 20, 30, 30, 50, 60, 60], { shape: [2, 2, 3, 1] });
  });

  it('mapCoordinates reads at any place', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    assertTensor(
      image.mapCoordinates(
        x,
        [
          [0, 0.5, 1, 2],
          [0, 0.5, 0.5, 0],
        ],
        1,
        { fillValue: -1 },
      ),
      [1, 2.5, 3.5, -1],
    );
    assertTensor(
      image.mapCoordinates(
        x,
        [
          [0.4, 0.6],
          [0.6, 0.4],
        ],
        0,
      ),
      [2, 3],
    );
    assertTensor(image.mapCoordinates(tensor([1, 2, 3]), [[-1, 3, 4]], 1, { fillMode: 'mirror' }), [2, 2, 1]);
  });

  it('convolve2d keeps an image with the unit kernel and finds edges', () => {
    const x = tensor(randoms(30, 1), [5, 6]);
    for (const boundary of ['fill', 'wrap', 'symm'] as const) {
      assertClose(
        ops.convolve2d(
          x,
          [
            [0, 0, 0],
            [0, 1, 0],
            [0, 0, 0],
          ],
          { mode: 'same', boundary },
        ),
        x,
      );
    }
    const flat = ops.convolve2d(
      ops.full([4, 4], 7),
      [
        [0, 1, 0],
        [1, -4, 1],
        [0, 1, 0],
      ],
      { mode: 'same', boundary: 'symm' },
    );
    assertTensor(flat, ops.zeros([4, 4]), { shape: [4, 4] });
    assertTensor(ops.convolve2d([[1, 2]], [[1, 10]]), [[1, 12, 20]]);
    assertTensor(
      ops.convolve2d(
        [[1]],
        [
          [1, 2],
          [3, 4],
        ],
        { mode: 'valid' },
      ),
      [
        [1, 2],
        [3, 4],
      ],
    );
  });
});
