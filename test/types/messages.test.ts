/**
 * The same words at compile time and at run time. `same` only compiles where the sentence that the compiler makes from the arguments is
 * the given one (tsconfig.check.json, and the last test below), and it passes only where the run time writes it too.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { errorSentence, ShapeError } from '../../lib/errors.js';
import * as say from '../../lib/types/messages.js';
import { compile } from './compile.js';

function same<const M extends say.Message>(message: M, sentence: say.Sentence<M>): void {
  assert.equal(errorSentence(message), sentence);
  assert.equal(new ShapeError(message).message, sentence);
}

describe('error sentences', () => {
  it('are the same at compile time and at run time', () => {
    same(say.denseInput('dense', []), 'dense: expected [features], got []; add reshape([1]) before it');
    same(say.vectorInput('repeatVector', [26, 26, 32]), 'repeatVector: expected [features], got [26, 26, 32]; add flatten() before it');
    same(
      say.imageInput('conv2d', [28, 28], 'channelsLast'),
      'conv2d: expected [height, width, channels], got [28, 28]; add reshape([28, 28, 1]) before it',
    );
    same(
      say.imageInput('conv2d', [28, 28], 'channelsFirst'),
      'conv2d: expected [channels, height, width], got [28, 28]; add reshape([1, 28, 28]) before it',
    );
    same(
      say.imageInput('maxPooling2d', [null, 10], 'channelsLast'),
      'maxPooling2d: expected [height, width, channels], got [?, 10]; add reshape([?, 10, 1]) before it',
    );
    same(
      say.imageInput('zeroPadding2d', [784], 'channelsFirst'),
      'zeroPadding2d: expected [channels, height, width], got [784]; add reshape([channels, height, width]) before it',
    );
    same(
      say.windowTooLarge('conv2d', 'kernel', 5, [4, 4, 1]),
      "conv2d: kernel 5x5 does not fit the input [4, 4, 1]; use padding 'same' or a smaller kernel",
    );
    same(
      say.windowTooLarge('maxPooling2d', 'pool', [3, 2], [2, null, 1]),
      "maxPooling2d: pool 3x2 does not fit the input [2, ?, 1]; use padding 'same' or a smaller pool",
    );
    same(
      say.groupedInput('conv2d', 3, [28, 28, 4]),
      'conv2d: expected channels that 3 groups divide, got [28, 28, 4]; change groups or the layer before it',
    );
    same(say.groupedFilters('conv2d', 3, 32), 'conv2d: expected filters that 3 groups divide, got 32; change groups or filters');
    same(
      say.reshapeTarget('reshape', 784, [10, 10]),
      'reshape: expected a target of 784 elements, got [10, 10]; use -1 for one dimension, or dimensions that make 784',
    );
    same(
      say.permuteDims('permute', 3, [1, 3]),
      'permute: expected each axis of 1 to 3 once, got [1, 3]; axis 0 is the batch and stays where it is',
    );
    same(
      say.axisOutOfRange('concatenate', 4, [28, 28, 1]),
      'concatenate: expected an axis of the input [28, 28, 1], got 4; axes count from 0, the batch, or from -1, the last',
    );
    same(say.oneInput('dense', 2), 'dense: expected one input, got 2; join them with concatenate() or add() before it');
    same(say.severalInputs('add'), 'add: expected a list of inputs, got one input; pass a list: apply([a, b])');
    same(
      say.mergedInputs('add', [
        [28, 28, 1],
        [14, 14, 1],
      ]),
      'add: expected inputs of one shape, got [28, 28, 1] and [14, 14, 1]; make their dimensions equal or 1',
    );
    same(
      say.concatenatedInputs('concatenate', -1, [[28, 28, 1], [14, 14, 1], [null]]),
      'concatenate: expected inputs that differ in axis -1 only, got [28, 28, 1] and [14, 14, 1] and [?]; make the other dimensions equal',
    );
    same(
      say.modelInput('model', [28, 28, 1], [28, 28, 3]),
      'model: expected input [28, 28, 1], got [28, 28, 3]; change its input shape or the layer before it',
    );
    same(
      say.lossOutput('categoricalCrossentropy', [26, 26, 10]),
      'loss categoricalCrossentropy: expected output [classes], got [26, 26, 10]; add flatten() before dense',
    );
  });

  it('about data are the same too, with the hint that fits', () => {
    same(
      say.dataInput('fit', [28, 28, 1], [60000, 28, 28]),
      'fit: expected x of shape [samples, 28, 28, 1], got [60000, 28, 28]; add the channel axis with ops.expandDims(x, -1)',
    );
    same(
      say.dataInput('predict', [28, 28, 1], [28, 28, 1]),
      'predict: expected x of shape [samples, 28, 28, 1], got [28, 28, 1]; add the batch axis with ops.expandDims(x, 0)',
    );
    same(
      say.dataInput('fit', [28, 28, 1], [100, 256, 256, 3]),
      'fit: expected x of shape [samples, 28, 28, 1], got [100, 256, 256, 3]; resize the images, or make the model for their shape',
    );
    same(
      say.dataInput('evaluate', [28, 28, 1], [60000, 784]),
      'evaluate: expected x of shape [samples, 28, 28, 1], got [60000, 784]; bring x to that shape, for example with ops.reshape(x, [-1, 28, 28, 1])',
    );
    same(
      say.dataInput('fit', [null, 3], [7]),
      'fit: expected x of shape [samples, ?, 3], got [7]; bring x to that shape, for example with ops.reshape(x, [-1, ?, 3])',
    );
    same(
      say.dataTarget('fit', [10], [60000]),
      'fit: expected y of shape [samples, 10], got [60000]; use utils.toCategorical(y, 10) or the loss sparseCategoricalCrossentropy',
    );
    same(
      say.dataTarget('fit', [10], [60000, 1]),
      'fit: expected y of shape [samples, 10], got [60000, 1]; use utils.toCategorical(y, 10) or the loss sparseCategoricalCrossentropy',
    );
    same(
      say.dataTarget('fit', [], [60000, 12]),
      'fit: expected y of shape [samples], got [60000, 12]; give y the shape of the output of the model',
    );
    same(
      say.dataTarget('fit', [26, 10], [60000]),
      'fit: expected y of shape [samples, 26, 10], got [60000]; give y the shape of the output of the model',
    );
    same(
      say.dataCount('fit', 'x', 2, 'one tensor'),
      'fit: expected x as a list of 2 tensors, got one tensor; give them in the order of the model',
    );
  });

  it('show an unknown rank, which only types can have', () => {
    const shown: say.Show<number[]> = '[...]';
    assert.equal(shown, '[...]');
  });

  it('compile: the table above is also checked by the compiler', function () {
    this.timeout(120_000);
    // the compiler takes the table as it is, and sees a wrong word in a copy of it
    const text = readFileSync(__filename, 'utf8').replaceAll('../../lib/', '../../../lib/').replaceAll('./compile.js', '../compile.js');
    const wrong = text.replace('add reshape([1])', 'add reshape([2])');
    const compiled = compile([], { 'table.ts': text, 'wrong.ts': wrong }, { types: ['node', 'mocha'] });
    assert.deepEqual(compiled.errors('table.ts'), []);
    const errors = compiled.errors('wrong.ts');
    assert.equal(errors.length, 1);
    assert.match(errors[0]!.text, /dense: expected \[features\], got \[\]; add reshape\(\[1\]\) before it/);
  });
});
