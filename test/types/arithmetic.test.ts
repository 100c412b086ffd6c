/** Type-level arithmetic against BigInt, for numbers of every length. */
import assert from 'node:assert/strict';
import { compile } from './compile.js';

/** A small generator of its own, so that a failure names numbers that come again. */
function* randoms(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function cases(count: number): [number, number][] {
  const random = randoms(20);
  const next = (): number => random.next().value as number;
  const draw = (): number => Math.floor(next() * 10 ** Math.ceil(next() * 9));
  const edges = [0, 1, 2, 9, 10, 99, 100, 101, 999_999_999, 1_000_000_000];
  return [
    ...edges.flatMap((a) => edges.map((b): [number, number] => [a, b])),
    ...Array.from({ length: count }, (): [number, number] => [draw(), draw()]),
  ];
}

function expected(a: number, b: number): Record<string, string> {
  const [x, y] = [BigInt(a), BigInt(b)];
  // what does not come back from a double as the same digits is `number`
  const spelled = (value: bigint): string => (String(Number(value)) === String(value) ? String(value) : 'number');
  return {
    Add: spelled(x + y),
    Sub: x < y ? 'null' : spelled(x - y),
    Mul: spelled(x * y),
    DivFloor: y === 0n ? 'number' : spelled(x / y),
    DivCeil: y === 0n ? 'number' : spelled((x + y - 1n) / y),
    Mod: y === 0n ? 'number' : spelled(x % y),
    LessThan: String(x < y),
  };
}

describe('arithmetic on number types', () => {
  it('agrees with BigInt, and gives number where a side is not a known natural number', function () {
    this.timeout(120_000);
    const lines = [
      `import type { Add, DivCeil, DivFloor, LessThan, Mod, Mul, Sub } from '../../../lib/types/index.js';`,
      `type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;`,
    ];
    for (const [a, b] of cases(80)) {
      for (const [name, result] of Object.entries(expected(a, b))) lines.push(`true satisfies Same<${name}<${a}, ${b}>, ${result}>;`);
    }
    for (const odd of ['number', '-3', '1.5', '1e21']) {
      for (const name of ['Add', 'Sub', 'Mul', 'DivFloor', 'DivCeil', 'Mod']) {
        lines.push(`true satisfies Same<${name}<${odd}, 2>, number>;`, `true satisfies Same<${name}<7, ${odd}>, number>;`);
      }
    }
    // each of several possible dimensions is computed
    lines.push('true satisfies Same<Add<16 | 32, 1>, 17 | 33>;', 'true satisfies Same<DivFloor<10 | 20, 2 | 5>, 2 | 4 | 5 | 10>;');
    const compiled = compile([], { 'arithmetic.ts': lines.join('\n') });
    const errors = compiled.errors('arithmetic.ts').map(({ line, text }) => `${lines[line - 1]}  ${text}`);
    assert.deepEqual(errors, []);
  });
});
