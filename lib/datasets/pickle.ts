/**
 * Python pickles of plain data: numbers, texts, lists, tuples, and NumPy arrays of them. A pickle is a program that may call anything; this
 * reader knows no calls but the few by which NumPy names an array, and those it does not make either: it takes their arguments as data.
 */
import { FormatError } from '../errors.js';

/** A value that a pickle held. */
export type Pickled = number | bigint | string | boolean | null | Uint8Array | Pickled[] | PickledArray | Named;

/** A NumPy array of objects, in row-major order. */
export class PickledArray {
  shape: number[] = [];
  items: Pickled[] = [];
}

/** What a pickle names but does not get to call. */
class Named {
  constructor(readonly name: string) {}
}

const ARRAY = new Set(['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct']);
const KNOWN = new Set([...ARRAY, 'numpy.ndarray', 'numpy.dtype', '_codecs.encode']);
const MARK = Symbol('mark');

export function readPickle(where: string, bytes: Buffer): Pickled {
  const stack: (Pickled | typeof MARK)[] = [];
  const memo = new Map<number, Pickled>();
  let at = 0;
  const refuse = (received: string): FormatError =>
    new FormatError({
      where: `${where}, byte ${at}`,
      expected: 'a pickle of plain data',
      received,
      hint: 'other pickles are programs, which are not run',
    });
  const take = (count: number): Buffer => {
    if (!(count >= 0) || at + count > bytes.length) throw refuse('the end of the file');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw refuse('the end of the file');
    const text = bytes.toString('latin1', at, end);
    at = end + 1;
    return text;
  };
  const pop = (): Pickled => {
    const value = stack.pop();
    if (value === undefined || value === MARK) throw refuse('too few values');
    return value;
  };
  const toMark = (): Pickled[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw refuse('no mark');
    return (stack.splice(from) as Pickled[]).slice(1);
  };
  const listAtTop = (): Pickled[] => {
    const list = stack[stack.length - 1];
    if (!Array.isArray(list)) throw refuse('values for what is no list');
    return list;
  };
  const named = (name: string): Named => {
    if (KNOWN.has(name)) return new Named(name);
    throw refuse(`the name ${name}`);
  };
  const recall = (key: number): Pickled => {
    const value = memo.get(key);
    if (value === undefined) throw refuse('a reference to nothing');
    return value;
  };
  const remember = (key: number): void => {
    const value = pop();
    memo.set(key, value);
    stack.push(value);
  };
  const call = (args: Pickled, callee: Pickled): Pickled => {
    if (!(callee instanceof Named) || !Array.isArray(args)) throw refuse('a call');
    if (ARRAY.has(callee.name)) return new PickledArray();
    if (callee.name === '_codecs.encode' && typeof args[0] === 'string') return Buffer.from(args[0], 'latin1');
    if (callee.name === 'numpy.dtype' && typeof args[0] === 'string') return new Named(`dtype ${args[0]}`);
    throw refuse(`a call of ${callee.name}`);
  };
  const build = (target: Pickled, state: Pickled): void => {
    if (target instanceof Named && target.name.startsWith('dtype ')) return;
    const [, shape, dtype, , items] = Array.isArray(state) ? state : [];
    const objects = dtype instanceof Named && /^dtype O/.test(dtype.name);
    if (!(target instanceof PickledArray) || !Array.isArray(shape) || !objects || !Array.isArray(items))
      throw refuse('a state that is not that of an array of objects');
    target.shape = shape.map(Number);
    target.items = items;
  };
  for (;;) {
    const op = take(1)[0]!;
    switch (String.fromCharCode(op)) {
      case '\x80':
        if (take(1)[0]! > 5) throw refuse('a later protocol');
        break;
      case '\x95':
        take(8);
        break;
      case '.':
        return pop();
      case '(':
        stack.push(MARK);
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
      case '\x89':
        stack.push(op === 0x88);
        break;
      case 'J':
        stack.push(take(4).readInt32LE());
        break;
      case 'K':
        stack.push(take(1)[0]!);
        break;
      case 'M':
        stack.push(take(2).readUInt16LE());
        break;
      case '\x8a': {
        const digits = take(take(1)[0]!);
        let value = 0n;
        for (let i = digits.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i]!);
        value = BigInt.asIntN(8 * digits.length, value);
        stack.push(Number.isSafeInteger(Number(value)) ? Number(value) : value);
        break;
      }
      case 'I':
      case 'L': {
        const text = line().replace(/L$/, '');
        stack.push(text === '01' ? true : text === '00' ? false : Number(text));
        break;
      }
      case 'G':
        stack.push(take(8).readDoubleBE());
        break;
      case 'U':
        stack.push(take(take(1)[0]!).toString('latin1'));
        break;
      case 'T':
        stack.push(take(take(4).readInt32LE()).toString('latin1'));
        break;
      case 'X':
        stack.push(take(take(4).readUInt32LE()).toString('utf8'));
        break;
      case '\x8c':
        stack.push(take(take(1)[0]!).toString('utf8'));
        break;
      case 'C':
        stack.push(new Uint8Array(take(take(1)[0]!)));
        break;
      case 'B':
        stack.push(new Uint8Array(take(take(4).readUInt32LE())));
        break;
      case ']':
      case ')':
        stack.push([]);
        break;
      case 't':
      case 'l':
        stack.push(toMark());
        break;
      case '\x85':
        stack.push([pop()]);
        break;
      case '\x86':
        stack.push([pop(), pop()].reverse());
        break;
      case '\x87':
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case 'a': {
        const value = pop();
        listAtTop().push(value);
        break;
      }
      case 'e': {
        const values = toMark();
        const list = listAtTop();
        for (const value of values) list.push(value);
        break;
      }
      case 'q':
        remember(take(1)[0]!);
        break;
      case 'r':
        remember(take(4).readUInt32LE());
        break;
      case 'p':
        remember(Number(line()));
        break;
      case '\x94':
        remember(memo.size);
        break;
      case 'h':
        stack.push(recall(take(1)[0]!));
        break;
      case 'j':
        stack.push(recall(take(4).readUInt32LE()));
        break;
      case 'g':
        stack.push(recall(Number(line())));
        break;
      case 'c':
        stack.push(named(`${line()}.${line()}`));
        break;
      case '\x93': {
        const [name, module] = [pop(), pop()];
        if (typeof name !== 'string' || typeof module !== 'string') throw refuse('a name that is no text');
        stack.push(named(`${module}.${name}`));
        break;
      }
      case 'R':
        stack.push(call(pop(), pop()));
        break;
      case 'b': {
        const state = pop();
        const target = pop();
        build(target, state);
        stack.push(target);
        break;
      }
      default:
        throw refuse(`opcode 0x${op.toString(16)}`);
    }
  }
}
