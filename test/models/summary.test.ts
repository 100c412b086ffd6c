import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import { resetNames } from '../../lib/layers/names.js';
import { model } from '../../lib/models/functional.js';
import { input } from '../../lib/models/input.js';
import type { ModelStructure } from '../../lib/models/structure.js';
import type { SummaryOptions } from '../../lib/models/summary.js';
import { sequential } from '../../lib/models/sequential.js';

function textOf(net: ModelStructure, options: SummaryOptions = {}): string {
  let text = '';
  net.summary({ lineLength: 80, ...options, printFn: (part) => (text += part) });
  return text;
}

describe('summary', () => {
  beforeEach(resetNames);

  it('prints the table of Keras', () => {
    const net = sequential([28, 28, 1], [layers.conv2d(32, 3), layers.globalAveragePooling2d(), layers.dense(10)]);
    assert.equal(
      textOf(net),
      `Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                      ┃ Output Shape             ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                   │ (None, 26, 26, 32)       │           320 │
├───────────────────────────────────┼──────────────────────────┼───────────────┤
│ global_average_pooling2d          │ (None, 32)               │             0 │
│ (GlobalAveragePooling2D)          │                          │               │
├───────────────────────────────────┼──────────────────────────┼───────────────┤
│ dense (Dense)                     │ (None, 10)               │           330 │
└───────────────────────────────────┴──────────────────────────┴───────────────┘
 Total params: 650 (2.54 KB)
 Trainable params: 650 (2.54 KB)
 Non-trainable params: 0 (0.00 B)
`,
    );
  });

  it('shows connections where layers do not simply follow each other', () => {
    const x = input([4]);
    const y = layers.dense(4, { name: 'twice' });
    const net = model(x, layers.add().apply([y.apply(x), y.apply(x)]), { name: 'branches' });
    const text = textOf(net);
    assert.match(text, /┃ Connected to {7}┃/);
    assert.match(text, /│ twice\[0\]\[0\], {7}│\n│ {23}│ {19}│ {13}│ twice\[1\]\[0\] {8}│/);
    assert.match(text, /│ input_layer {11}│ \(None, 4\) {9}│ {11}0 │ - {18}│\n│ \(InputLayer\)/);
  });

  it('tells what is not built', () => {
    const text = textOf(sequential([layers.dense(3)]));
    assert.match(text, /│ dense \(Dense\) {21}│ \? {24}│ {3}0 \(unbuilt\) │/);
  });

  it('lists the layers of models that are layers, and what is trainable', () => {
    const net = sequential([3], [sequential([3], [layers.dense(4, { name: 'inner' })], { name: 'base' }), layers.dense(2)]);
    net.layers[0]!.trainable = false;
    const text = textOf(net, { expandNested: true, showTrainable: true });
    assert.match(text, /│ base \(Sequential\) .*│ {3}N {3}│/);
    assert.match(text, /│ {4}└ inner \(Dense\)/);
    assert.match(text, /│ dense(_1)? \(Dense\) .*│ {3}Y {3}│/);
    assert.match(text, / Trainable params: 10 \(40.00 B\)\n Non-trainable params: 16 \(64.00 B\)/);
  });

  it('keeps to the width that it is given', () => {
    const net = sequential([3], [layers.dense(2, { name: 'a_layer_whose_name_is_much_longer_than_the_column_is_wide' })]);
    for (const lineLength of [40, 64, 100, 131]) {
      const lines = textOf(net, { lineLength }).split('\n').slice(1, -4);
      assert.deepEqual([...new Set(lines.map((line) => line.length))], [lineLength]);
    }
    assert.match(textOf(net, { lineLength: 40 }), /…/);
  });

  it('refuses what it does not know', () => {
    const net = sequential([3], [layers.dense(2)]);
    assert.throws(
      () => net.summary({ linelength: 80 } as never),
      /summary: expected known options only, got 'linelength'; did you mean lineLength\?/,
    );
    assert.throws(() => net.summary({ lineLength: 8 }), /summary lineLength: expected room for the table, got 8; use 40 or more/);
  });
});
