/** Models of ONNX that come in: every layer of ours, written and read again. */
import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadModel } from '../../lib/index.js';
import { distance, ours, randomInput, shuffleWeights } from '../support/onnx.js';
import { onnxCases } from './onnx-cases.js';

describe('Import of ONNX', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'onnx-'))));
  after(() => rm(folder, { recursive: true }));

  for (const { name, make, inputs, tolerance = 1e-5 } of onnxCases) {
    it(`${name}: what was written and read again computes the same`, async () => {
      const net = make();
      shuffleWeights(net, 7);
      const file = path.join(folder, 'model.onnx');
      await net.export(file);
      const again = await loadModel(file);
      const given = inputs.map((one, i) => randomInput(one, 11 + i));
      const [want, got] = [ours(net, given), ours(again, given)];
      assert.equal(got.length, want.length);
      want.forEach((tensor, i) => {
        assert.deepEqual([...got[i]!.shape], [...tensor.shape]);
        const far = distance(got[i]!.dataSync(), tensor.dataSync());
        assert.ok(far <= tolerance, `output ${i} is ${far} away`);
      });
      for (const tensor of [...want, ...got]) tensor.dispose();
      net.dispose();
      again.dispose();
    });
  }
});
