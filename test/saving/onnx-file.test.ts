/** Files of ONNX: what its own checker says of them, weights beside the model, what is refused. */
import { strict as assert } from 'node:assert';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ops, input, layers, model, sequential } from '../../lib/index.js';
import { ArgumentError } from '../../lib/errors.js';
import { Transfer } from '../../lib/io/transfer.js';
import { Dense } from '../../lib/layers/dense.js';
import { exportable } from '../../lib/saving/onnx/model.js';
import { exportOnnx } from '../../lib/saving/onnx/export.js';
import { distance, ours, randomInput, shuffleWeights, theirs } from '../support/onnx.js';
import { itWithPython, runPython } from '../support/python.js';
import { onnxCases } from './onnx-cases.js';

const CHECK = `
import glob, sys
import onnx
files = sorted(glob.glob(sys.argv[1] + '/*.onnx'))
for file in files:
    try:
        onnx.checker.check_model(file, full_check=True)
    except Exception as error:
        print(file, error)
print('checked', len(files))
`;

describe('Files of ONNX', () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'onnx-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const small = () => sequential([6, 6, 2], [layers.conv2d(8, 3, { name: 'conv' }), layers.flatten(), layers.dense(3, { name: 'out' })]);

  itWithPython('every layer passes the checker, with shapes worked out', async () => {
    for (const [i, { make }] of onnxCases.entries()) {
      const net = make();
      await net.export(path.join(folder, `${i}.onnx`), { opset: i % 2 === 0 ? 17 : 21 });
      net.dispose();
    }
    assert.equal((await runPython(['-c', CHECK, folder])).trim(), `checked ${onnxCases.length}`);
  });

  it('every layer that can be exported is tried', () => {
    const met = new Set<string>();
    const add = (layer: any): void => {
      met.add(layer.className as string);
      for (const inner of [...(layer.layers ?? []), layer.layer, layer.forwardLayer].filter(Boolean)) add(inner);
    };
    for (const { make } of onnxCases) {
      const net = make();
      add(net);
      net.dispose();
    }
    assert.deepEqual(
      exportable.filter((name) => !met.has(name)),
      [],
    );
  });

  it('the newest operators compute the same', async () => {
    const net = sequential(
      [9, 8, 4],
      [layers.adaptiveAveragePooling2d([4, 3]), layers.groupNormalization({ groups: 2 }), layers.softmax()],
    );
    shuffleWeights(net, 3);
    const file = path.join(folder, 'new.onnx');
    await net.export(file, { opset: 21 });
    const given = [randomInput({ shape: [2, 9, 8, 4] }, 1)];
    const [want] = ours(net, given);
    assert.ok(distance((await theirs(file, given))[0]!.data, want!.dataSync()) < 1e-5);
    want!.dispose();
    net.dispose();
  });

  it('weights that are too much for one message stand in a file beside it', async () => {
    const net = small();
    const file = path.join(folder, 'large.onnx');
    await exportOnnx(net, file, 17, { largest: 2048 });
    assert.deepEqual((await readdir(folder)).sort(), ['large.onnx', 'large.onnx.data']);
    assert.ok((await stat(`${file}.data`)).size >= 128 * 3 * 4);
    assert.ok((await stat(file)).size < 2500);
    const given = [randomInput({ shape: [2, 6, 6, 2] }, 1)];
    const [want] = ours(net, given);
    assert.ok(distance((await theirs(file, given))[0]!.data, want!.dataSync()) < 1e-5);
    want!.dispose();
    net.dispose();
  });

  it('a model with a second file is replaced as a whole or not at all', async () => {
    const [net, other] = [small(), small()];
    shuffleWeights(other, 9);
    const file = path.join(folder, 'large.onnx');
    const given = [randomInput({ shape: [2, 6, 6, 2] }, 1)];
    const same = async (wanted: typeof net): Promise<boolean> => {
      const [want] = ours(wanted, given);
      const far = distance((await theirs(file, given))[0]!.data, want!.dataSync());
      want!.dispose();
      return far < 1e-5;
    };
    await exportOnnx(net, file, 17, { largest: 2048 });
    // ended before the constants, between the two files, and at the last moment
    for (const looks of [0, 5, 10]) {
      const transfer = Transfer.silent();
      const add = transfer.check.bind(transfer);
      let left = looks;
      transfer.check = () => {
        add();
        if (left-- === 0) throw new Error('enough');
      };
      await exportOnnx(other, file, 17, { largest: 2048, transfer }).then(
        () => assert.ok(looks === 10, 'there are fewer looks than that'),
        (error: Error) => assert.equal(error.message, 'enough'),
      );
      if (looks === 10) break;
      assert.ok(await same(net));
      assert.deepEqual((await readdir(folder)).sort(), ['large.onnx', 'large.onnx.data']);
    }
    await exportOnnx(other, file, 17, { largest: 2048 });
    assert.ok(await same(other));
    const names = (await readdir(folder)).sort();
    assert.equal(names.length, 2, names.join());
    assert.match(names[1]!, /^large\.onnx(-[0-9a-f]{8})?\.data$/);
    net.dispose();
    other.dispose();
  });

  it('save writes the same file as export; the batch is open and names are those of the layers', async () => {
    const net = small();
    const [one, other] = [path.join(folder, 'a.onnx'), path.join(folder, 'b.onnx')];
    await net.save(one);
    await net.export(other);
    assert.deepEqual(await readFile(one), await readFile(other));
    for (const batch of [1, 5]) {
      const given = [randomInput({ shape: [batch, 6, 6, 2] }, 1)];
      assert.deepEqual([...(await theirs(one, given))[0]!.dims], [batch, 3]);
    }
    net.dispose();
  });

  it('a transpose stands only where the order of the axes changes', async () => {
    const net = sequential(
      [16, 16, 3],
      [
        layers.conv2d(4, 3),
        layers.batchNormalization(),
        layers.activation('relu'),
        layers.zeroPadding2d(1),
        layers.depthwiseConv2d(3),
        layers.dropout(0.5),
        layers.maxPooling2d(2),
        layers.globalAveragePooling2d(),
        layers.dense(2),
      ],
    );
    const file = path.join(folder, 'chain.onnx');
    await net.export(file);
    const text = (await readFile(file)).toString('latin1');
    assert.equal(text.match(/\/Transpose:0/g)?.length, 2, 'one transpose: its result and who takes it');
    net.dispose();
  });

  it('what has no operator is refused, with the layer named', async () => {
    const file = path.join(folder, 'no.onnx');
    class Doubled extends Dense {
      override call(x: never): never {
        return ops.multiply(super.call(x), 2) as never;
      }
    }
    const x = input([4], { name: 'x' });
    const on = (layer: any): any => layer.apply(x);
    const own = (t: any): any => t;
    const refused: [ReturnType<typeof model>, RegExp][] = [
      [model(x, on(layers.lambda(own, { name: 'mine' }))), /export of mine: .* a Lambda/],
      [model(x, on(new Doubled({ units: 2, name: 'twice' }))), /export of twice: .* called Dense/],
      [model(x, on(layers.dense(2, { name: 'odd', activation: own as never }))), /export of odd: .* a function/],
    ];
    for (const [net, pattern] of refused) {
      await assert.rejects(net.export(file), (error: Error) => error instanceof ArgumentError && pattern.test(error.message));
      net.dispose();
    }
    const recurrent = sequential([4, 3], [layers.gru(2, { name: 'gate', activation: 'mish' })]);
    await assert.rejects(recurrent.export(file), /export of gate: expected an activation of GRU in ONNX .*, got 'mish'/);
    recurrent.dispose();
    const unknown = sequential([layers.dense(2)]);
    await assert.rejects(unknown.export(file), /one that is not built yet/);
    const net = small();
    await assert.rejects(net.export(file, { opset: 16 }), /opset: expected a whole number from 17 to 21, got 16/);
    await assert.rejects(net.export('', {}), /expected a path that ends in \.onnx, got ''/);
    net.dispose();
    assert.deepEqual(await readdir(folder), []);
  });
});
