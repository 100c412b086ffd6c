/** Bits of whole numbers, composed of arithmetic: in two's complement all of it follows from the bits that two numbers share. */
import { DTypeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, floorDivide, mod, multiply, subtract } from './binary.js';
import { reshaped, sumAxes } from './broadcast.js';
import { asTensor, castTo, constantArray, type DType, operands, type TensorLike } from './common.js';
import { greaterEqual, less, logicalAnd, logicalOr, where } from './compare.js';
import { taken } from './gather.js';
import { joined } from './join.js';
import { logicalNot, negative } from './unary.js';

/** Operands as int32, and the dtype that the result has. */
function read(where_: string, a: TensorLike, b: TensorLike): { x: Tensor; y: Tensor; dtype: DType } {
  // Numbers of the host are float32 by themselves, whole ones stand for int32 here.
  const whole = (value: TensorLike): Tensor => {
    const t = asTensor(where_, value);
    const plain = typeof value === 'number' || Array.isArray(value);
    return plain && t.dtype === 'float32' ? castTo(t, 'int32') : t;
  };
  const [x, y] = operands(where_, whole(a), whole(b));
  if (x.dtype === 'float32' || x.dtype === 'float64') {
    throw new DTypeError({ where: where_, expected: 'int32, uint8 or bool', received: x.dtype, hint: "convert with ops.cast(x, 'int32')" });
  }
  return { x: castTo(x, 'int32'), y: castTo(y, 'int32'), dtype: x.dtype };
}

const POWERS = Array.from({ length: 32 }, (_, i) => (2 ** i) | 0);

/** The 32 bits of each number along a new last axis. */
function bits(x: Tensor): Tensor {
  const powers = constantArray(POWERS.slice(0, 31), [31], 'int32', x);
  const column = reshaped(x, [...x.shape, 1]);
  return joined([mod(floorDivide(column, powers), 2), castTo(less(column, 0), 'int32')], x.shape.length);
}

function shared(x: Tensor, y: Tensor): Tensor {
  const common = multiply(bits(x), bits(y));
  return sumAxes(multiply(common, constantArray(POWERS, [32], 'int32', x)), [common.shape.length - 1]);
}

/**
 * The bits that both have. Keras 3: `keras.ops.bitwise_and`.
 *
 * @example
 * ops.bitwiseAnd(tensor(new Int32Array([12])), tensor(new Int32Array([10])));   // [8]
 */
export function bitwiseAnd(x: TensorLike, y: TensorLike): Tensor {
  const { x: a, y: b, dtype } = read('bitwiseAnd', x, y);
  return castTo(shared(a, b), dtype);
}

/**
 * The bits that one at least has. Keras 3: `keras.ops.bitwise_or`.
 *
 * @example
 * ops.bitwiseOr(tensor(new Int32Array([12])), tensor(new Int32Array([10])));   // [14]
 */
export function bitwiseOr(x: TensorLike, y: TensorLike): Tensor {
  const { x: a, y: b, dtype } = read('bitwiseOr', x, y);
  return castTo(subtract(add(a, b), shared(a, b)), dtype);
}

/**
 * The bits that exactly one has. Keras 3: `keras.ops.bitwise_xor`.
 *
 * @example
 * ops.bitwiseXor(tensor(new Int32Array([12])), tensor(new Int32Array([10])));   // [6]
 */
export function bitwiseXor(x: TensorLike, y: TensorLike): Tensor {
  const { x: a, y: b, dtype } = read('bitwiseXor', x, y);
  return castTo(subtract(add(a, b), multiply(shared(a, b), 2)), dtype);
}

/**
 * All bits turned; of truth values the other one. Keras 3: `keras.ops.bitwise_not` and `keras.ops.bitwise_invert`.
 *
 * @example
 * ops.bitwiseNot(tensor(new Int32Array([0, 5])));   // [-1, -6]
 */
export function bitwiseNot(x: TensorLike): Tensor {
  const { x: a, dtype } = read('bitwiseNot', x, x);
  if (dtype === 'bool') return logicalNot(a);
  return castTo(subtract(dtype === 'uint8' ? 255 : -1, a), dtype);
}

/** 2 to the power of each number from 0 to 31; 2³¹ is the least int32, which multiplies and wraps as it should. */
function powerOfTwo(y: Tensor): Tensor {
  return taken(constantArray(POWERS, [32], 'int32', y), mod(y, 32), 0);
}

/**
 * Bits moved to the left, 0 from the right; what falls out is lost, and all of them from 32 on. Keras 3: `keras.ops.left_shift`.
 *
 * @example
 * ops.leftShift(tensor(new Int32Array([3])), 2);   // [12]
 */
export function leftShift(x: TensorLike, y: TensorLike): Tensor {
  const { x: a, y: b, dtype } = read('leftShift', x, y);
  const inside = logicalAnd(greaterEqual(b, 0), less(b, 32));
  const moved = where(inside, multiply(a, powerOfTwo(b)), 0);
  return castTo(dtype === 'uint8' ? mod(moved, 256) : moved, dtype);
}

/**
 * Bits moved to the right; the sign stays. Keras 3: `keras.ops.right_shift`.
 *
 * @example
 * ops.rightShift(tensor(new Int32Array([13, -8])), 2);   // [3, -2]
 */
export function rightShift(x: TensorLike, y: TensorLike): Tensor {
  const { x: a, y: b, dtype } = read('rightShift', x, y);
  // Nothing but the sign is left from 31 on.
  const far = logicalOr(less(b, 0), greaterEqual(b, 31));
  const signs = negative(castTo(less(a, 0), 'int32'));
  return castTo(where(far, signs, floorDivide(a, powerOfTwo(where(far, 0, b)))), dtype);
}

export { bitwiseNot as bitwiseInvert, leftShift as bitwiseLeftShift, rightShift as bitwiseRightShift };
