/** Every layer, exported to ONNX and run by onnxruntime: its numbers beside ours. */
import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { distance, ours, randomInput, shuffleWeights, theirs } from '../support/onnx.js';
import { onnxCases } from './onnx-cases.js';

describe('Export to ONNX', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'onnx-'))));
  after(() => rm(folder, { recursive: true }));

  for (const { name, make, inputs, tolerance = 1e-5 } of onnxCases) {
    it(`${name}: onnxruntime computes what we do`, async () => {
      const net = make();
      shuffleWeights(net, 7);
      const file = path.join(folder, 'model.onnx');
      await net.export(file);
      const given = inputs.map((one, i) => randomInput(one, 11 + i));
      const [want, got] = [ours(net, given), await theirs(file, given)];
      assert.equal(got.length, want.length);
      want.forEach((tensor, i) => {
        assert.deepEqual([...got[i]!.dims], [...tensor.shape]);
        const far = distance(got[i]!.data, tensor.dataSync());
        assert.ok(far <= tolerance, `output ${i} is ${far} away`);
      });
      for (const tensor of want) tensor.dispose();
      net.dispose();
    });
  }
});
