/** Models that PyTorch wrote: read, and beside PyTorch's own answers. files/pytorch/make.py made them. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadModel } from '../../lib/index.js';
import { distance, ours } from '../support/onnx.js';

interface Case {
  file: string;
  dtype: 'float32' | 'int32';
  shape: number[];
  x: string;
  y: string;
  yShape: number[];
}

const folder = path.join(__dirname, 'files/pytorch');

function decoded(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}

describe('ONNX of PyTorch', () => {
  for (const { file, dtype, shape, x, y, yShape } of JSON.parse(readFileSync(path.join(folder, 'cases.json'), 'utf8')) as Case[]) {
    it(`${file} computes what PyTorch does`, async () => {
      const net = await loadModel(path.join(folder, file));
      const data = dtype === 'int32' ? new Int32Array(decoded(x)) : new Float32Array(decoded(x));
      const [got] = ours(net, [{ data, shape, dtype }]);
      assert.deepEqual([...got!.shape], yShape);
      const far = distance(got!.dataSync(), new Float32Array(decoded(y)));
      assert.ok(far < 1e-5, `${far} away`);
      got!.dispose();
      net.dispose();
    });
  }

  it('what Keras has layers for becomes such', async () => {
    const net = await loadModel(path.join(folder, 'res.onnx'));
    const classes = net.layers.map((layer) => layer.className);
    for (const wanted of ['InputLayer', 'Conv2D', 'Activation', 'Dense'])
      assert.ok(classes.includes(wanted), `${wanted} in ${classes.join(', ')}`);
    net.dispose();
  });
});
