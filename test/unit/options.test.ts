import assert from 'node:assert/strict';
import {
  axes,
  describe as words,
  flag,
  nearest,
  nullable,
  oneOf,
  optional,
  pair,
  readOptions,
  real,
  seed,
  shape,
  text,
  whole,
  wholes,
} from '../../lib/options/index.js';
import { refuses } from '../support/refused.js';

describe('options', () => {
  it('reads what is there and what is not', () => {
    const readers = { a: whole(), b: optional(flag, true), c: nullable(text), d: optional(pair(), () => [1, 2] as const) };
    assert.deepEqual(readOptions('thing', { a: 3 }, readers), { a: 3, b: true, c: null, d: [1, 2] });
    assert.deepEqual(readOptions('thing', { a: 3, b: false, c: 'x', d: 5 }, readers), { a: 3, b: false, c: 'x', d: [5, 5] });
  });

  it('finds what was meant', () => {
    const known = ['kernelSize', 'kernelInitializer', 'strides', 'padding'];
    assert.equal(nearest('kernel_size', known), 'kernelSize');
    assert.equal(nearest('stride', known), 'strides');
    assert.equal(nearest('apdding', known), 'padding');
    assert.equal(nearest('units', known), undefined);
  });

  it('tells values apart in words', () => {
    assert.deepEqual(
      ['x', 3, null, [1, null], [[1], 'a'], { a: 1 }, {}, new Float32Array(2), Math.max, () => 1, new Date(0), undefined].map(words),
      [
        "'x'",
        '3',
        'null',
        '[1, null]',
        "[[1], 'a']",
        'an object with a',
        'an object with no keys',
        'a Float32Array',
        'the function max',
        'a function',
        'a Date',
        'undefined',
      ],
    );
  });

  it('says what numbers may be', () => {
    assert.throws(() => real({ low: 0, high: 1 })(2, 'x'), { message: 'x: expected a number from 0 to 1, got 2' });
    assert.throws(() => real({ low: 0, below: 1 })(1, 'x'), { message: 'x: expected a number from 0 to below 1, got 1' });
    assert.throws(() => real({ above: 0, below: 1 })(0, 'x'), { message: 'x: expected a number between 0 and 1, got 0' });
    assert.throws(() => real({ above: 0 })(0, 'x'), { message: 'x: expected a number above 0, got 0' });
    assert.throws(() => real({ high: 0 })(1, 'x'), { message: 'x: expected a number of at most 0, got 1' });
    assert.throws(() => real()(Infinity, 'x'), { message: 'x: expected a finite number, got Infinity' });
  });

  refuses([
    [
      'what is no object',
      () => readOptions('dense', 10, { units: whole() }),
      'ArgumentError',
      'dense: expected an object of options, got 10; its keys are units',
    ],
    [
      'a list',
      () => readOptions('dense', [10], { units: whole() }),
      'ArgumentError',
      'dense: expected an object of options, got [10]; its keys are units',
    ],
    [
      'an unknown key',
      () => readOptions('dense', { unit: 3 }, { units: whole() }),
      'ArgumentError',
      "dense: expected known options only, got 'unit'; did you mean units?",
    ],
    ['a text as flag', () => flag('yes', 'x'), 'ArgumentError', "x: expected true or false, got 'yes'"],
    ['an empty text', () => text('', 'x'), 'ArgumentError', "x: expected a text, got ''"],
    [
      'a word that is near',
      () => oneOf('valid', 'same')('vald', 'x'),
      'ArgumentError',
      "x: expected 'valid' or 'same', got 'vald'; did you mean 'valid'?",
    ],
    [
      'a large whole number',
      () => whole()(2 ** 53, 'x'),
      'ArgumentError',
      'x: expected a whole number of at least 1, got 9007199254740992',
    ],
    [
      'a pair of three',
      () => pair()([1, 2, 3], 'x'),
      'ArgumentError',
      'x: expected a whole number of at least 1 or a pair [height, width] of them, got [1, 2, 3]',
    ],
    [
      'a list with a text',
      () => wholes(0)([1, '2'], 'x'),
      'ArgumentError',
      "x: expected a list of whole numbers of at least 0, got [1, '2']",
    ],
    ['no axes', () => axes([], 'x'), 'ArgumentError', 'x: expected a whole number or a list of them, got []'],
    [
      'a dimension of 0',
      () => shape([28, 0], 'x'),
      'ArgumentError',
      'x: expected a list of whole numbers of at least 1 (null: known at run time), got [28, 0]; leave the batch out, as in [28, 28, 1]',
    ],
    ['a seed that is no number', () => seed('7', 'x'), 'ArgumentError', "x: expected a whole number from 0 to 2^53 - 1, got '7'"],
  ]);
});
