import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import * as errors from '../../lib/errors.js';

const parts = { where: 'dense', expected: '[features]', received: '[26, 26, 32]', hint: 'add flatten() before it' };
const codes = {
  ShapeError: 'ERR_SHAPE',
  DTypeError: 'ERR_DTYPE',
  DeviceError: 'ERR_DEVICE',
  CaptureError: 'ERR_CAPTURE',
  DisposedError: 'ERR_DISPOSED',
  LoadError: 'ERR_LOAD',
  DataError: 'ERR_DATA',
  FormatError: 'ERR_FORMAT',
  ArgumentError: 'ERR_ARGUMENT',
} as const;

describe('errors', () => {
  for (const [name, code] of Object.entries(codes)) {
    it(`${name} has its code, name, parts and sentence`, () => {
      const error = new errors[name as keyof typeof codes](parts);
      assert.ok(error instanceof errors.NodeCudnnError && error instanceof Error);
      assert.equal(error.code, code);
      assert.equal(error.name, name);
      assert.equal(error.message, 'dense: expected [features], got [26, 26, 32]; add flatten() before it');
      const { where, expected, received, hint } = error;
      assert.deepEqual({ where, expected, received, hint }, parts);
      assert.ok(error.stack?.startsWith(`${name}: dense: expected`));
    });
  }

  it('leave out what is not known, without stray punctuation', () => {
    assert.equal(errors.errorSentence({ where: 'fit', hint: 'call compile first' }), 'fit: call compile first');
    assert.equal(errors.errorSentence({ where: 'fit', expected: 'data' }), 'fit: expected data');
    assert.equal(errors.errorSentence({ received: '3', hint: 'use 4' }), 'got 3; use 4');
    assert.equal(
      errors.errorSentence({ ...parts, facts: 'kernel 5x5 is too large' }),
      'dense: kernel 5x5 is too large; add flatten() before it',
    );
    assert.equal(new errors.DataError({ where: 'fit' }).hint, '');
  });

  it('print as one sentence, with the cause', () => {
    const cause = new errors.LoadError({ where: 'addon', hint: 'no such file' });
    const printed = inspect(new errors.DeviceError({ where: 'cuda', hint: 'cannot work here', cause }));
    assert.match(printed, /^DeviceError: cuda: cannot work here\n/);
    assert.match(printed, /code: 'ERR_DEVICE'/);
    assert.match(printed, /\[cause\]: LoadError: addon: no such file/);
    assert.doesNotMatch(printed, /hint:/);
    assert.equal('cause' in new errors.DeviceError(parts), false);
  });
});
