/**
 * Arithmetic on literal number types, digit by digit as on paper, so that a dimension of 760,384 costs a step a digit and not 760,384 tuple
 * elements. `number` on either side gives `number`, and so does everything that is not a natural number with an exact decimal spelling.
 */

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
/** A natural number, most significant digit first. */
type Digits = readonly Digit[];

/** Plus[a][b] for a sum of two digits `a` and a digit `b`. */
// prettier-ignore
type Plus = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  [4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  [5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  [6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  [8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
  [9, 10, 11, 12, 13, 14, 15, 16, 17, 18],
  [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
  [12, 13, 14, 15, 16, 17, 18, 19, 20, 21],
  [13, 14, 15, 16, 17, 18, 19, 20, 21, 22],
  [14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
  [15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
  [16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
  [17, 18, 19, 20, 21, 22, 23, 24, 25, 26],
  [18, 19, 20, 21, 22, 23, 24, 25, 26, 27],
];

// prettier-ignore
type Times = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [0, 2, 4, 6, 8, 10, 12, 14, 16, 18],
  [0, 3, 6, 9, 12, 15, 18, 21, 24, 27],
  [0, 4, 8, 12, 16, 20, 24, 28, 32, 36],
  [0, 5, 10, 15, 20, 25, 30, 35, 40, 45],
  [0, 6, 12, 18, 24, 30, 36, 42, 48, 54],
  [0, 7, 14, 21, 28, 35, 42, 49, 56, 63],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 72],
  [0, 9, 18, 27, 36, 45, 54, 63, 72, 81],
];

/** The last digit of a number below 90. */
// prettier-ignore
type Ones = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
];

/** What is left of a number below 90 without its last digit. */
// prettier-ignore
type Tens = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
];

/** Minus[a][b]: the last digit of 10 + a - b. */
// prettier-ignore
type Minus = [
  [0, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  [1, 0, 9, 8, 7, 6, 5, 4, 3, 2],
  [2, 1, 0, 9, 8, 7, 6, 5, 4, 3],
  [3, 2, 1, 0, 9, 8, 7, 6, 5, 4],
  [4, 3, 2, 1, 0, 9, 8, 7, 6, 5],
  [5, 4, 3, 2, 1, 0, 9, 8, 7, 6],
  [6, 5, 4, 3, 2, 1, 0, 9, 8, 7],
  [7, 6, 5, 4, 3, 2, 1, 0, 9, 8],
  [8, 7, 6, 5, 4, 3, 2, 1, 0, 9],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/** Less[a][b]: 1 where a < b, which is the digit to borrow. */
// prettier-ignore
type Less = [
  [0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
  [0, 0, 0, 1, 1, 1, 1, 1, 1, 1],
  [0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
  [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
  [0, 0, 0, 0, 0, 0, 1, 1, 1, 1],
  [0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
  [0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

/** The digits of a natural number, or `null` for everything else (negative, fractional, wider than its decimal spelling, `number`). */
type DigitsOf<N extends number> = number extends N ? null : ParseDigits<`${N}`>;

type ParseDigits<S extends string, Out extends Digits = []> = S extends `${infer D extends Digit}${infer Rest}`
  ? ParseDigits<Rest, [...Out, D]>
  : S extends ''
    ? Out
    : null;

/** Back to a number; TypeScript gives `number` where the spelling is not exact. */
type ToNumber<S extends string> = S extends `${infer N extends number}` ? N : number;

type TrimDigits<D extends Digits> = D extends readonly [0, infer Next extends Digit, ...infer Rest extends Digits]
  ? TrimDigits<[Next, ...Rest]>
  : D;

type JoinDigits<D extends Digits, Out extends string = ''> = D extends readonly [infer First extends Digit, ...infer Rest extends Digits]
  ? JoinDigits<Rest, `${Out}${First}`>
  : Out;

type FromDigits<D> = D extends Digits ? ToNumber<JoinDigits<TrimDigits<D>>> : number;

type AddDigits<A extends Digits, B extends Digits, Carry extends 0 | 1 = 0, Out extends Digits = []> = A extends readonly [
  ...infer A1 extends Digits,
  infer X extends Digit,
]
  ? B extends readonly [...infer B1 extends Digits, infer Y extends Digit]
    ? AddDigits<A1, B1, Tens[Plus[Plus[X][Y]][Carry]] & (0 | 1), [Ones[Plus[Plus[X][Y]][Carry]], ...Out]>
    : Carry extends 0
      ? [...A, ...Out]
      : AddDigits<A1, [], Tens[Plus[X][Carry]] & (0 | 1), [Ones[Plus[X][Carry]], ...Out]>
  : B extends readonly []
    ? Carry extends 0
      ? Out
      : [1, ...Out]
    : AddDigits<B, [], Carry, Out>;

/** `null` where B is greater than A. */
type SubDigits<A extends Digits, B extends Digits, Borrow extends 0 | 1 = 0, Out extends Digits = []> = A extends readonly [
  ...infer A1 extends Digits,
  infer X extends Digit,
]
  ? B extends readonly [...infer B1 extends Digits, infer Y extends Digit]
    ? SubDigits<A1, B1, Less[X][Y] extends 1 ? 1 : Less[Minus[X][Y]][Borrow], [Minus[Minus[X][Y]][Borrow], ...Out]>
    : Borrow extends 0
      ? [...A, ...Out]
      : SubDigits<A1, [], Less[X][Borrow], [Minus[X][Borrow], ...Out]>
  : B extends readonly []
    ? Borrow extends 0
      ? Out
      : null
    : B extends readonly [...infer B1 extends Digits, 0]
      ? SubDigits<A, B1, Borrow, Out>
      : null;

/** A times one digit. */
type ScaleDigits<A extends Digits, Y extends Digit, Carry extends Digit = 0, Out extends Digits = []> = A extends readonly [
  ...infer A1 extends Digits,
  infer X extends Digit,
]
  ? Plus[Ones[Times[X][Y]]][Carry] extends infer Low extends keyof Ones & keyof Tens & number
    ? ScaleDigits<A1, Y, Plus[Tens[Times[X][Y]] & Digit][Tens[Low] & Digit] & Digit, [Ones[Low] & Digit, ...Out]>
    : never
  : Carry extends 0
    ? Out
    : [Carry, ...Out];

type MulDigits<A extends Digits, B extends Digits, Out extends Digits = []> = B extends readonly [
  infer Y extends Digit,
  ...infer B1 extends Digits,
]
  ? MulDigits<A, B1, AddDigits<[...Out, 0], ScaleDigits<A, Y>>>
  : Out;

/** Long division: the quotient, and what is left. */
type DivDigits<A extends Digits, B extends Digits, Rest extends Digits = [], Quotient extends Digits = []> = A extends readonly [
  infer X extends Digit,
  ...infer A1 extends Digits,
]
  ? Often<TrimDigits<[...Rest, X]>, B> extends [infer Times extends Digit, infer Left extends Digits]
    ? DivDigits<A1, B, Left, [...Quotient, Times]>
    : never
  : [Quotient, Rest];

/** How often B goes into A (at most nine times), and what is left. */
type Often<A extends Digits, B extends Digits, Count extends Digit = 0> =
  SubDigits<A, B> extends infer Left extends Digits ? Often<TrimDigits<Left>, B, Plus[Count][1] & Digit> : [Count, A];

/** A + B. */
export type Add<A extends number, B extends number> = A extends 0
  ? B
  : B extends 0
    ? A
    : [DigitsOf<A>, DigitsOf<B>] extends [infer X extends Digits, infer Y extends Digits]
      ? FromDigits<AddDigits<X, Y>>
      : number;

/** A - B; `null` where that is below zero. */
export type Sub<A extends number, B extends number> = B extends 0
  ? A
  : [DigitsOf<A>, DigitsOf<B>] extends [infer X extends Digits, infer Y extends Digits]
    ? SubDigits<X, Y> extends infer Z extends Digits
      ? FromDigits<Z>
      : null
    : number;

/** A * B. */
export type Mul<A extends number, B extends number> = A extends 0 | 1
  ? A extends 0
    ? 0
    : B
  : B extends 0 | 1
    ? B extends 0
      ? 0
      : A
    : [DigitsOf<A>, DigitsOf<B>] extends [infer X extends Digits, infer Y extends Digits]
      ? FromDigits<MulDigits<X, Y>>
      : number;

/** The whole part of A / B; `number` for a division by zero, which the run time refuses. */
export type DivFloor<A extends number, B extends number> = Divide<A, B>[0];

/** The remainder of A / B. */
export type Mod<A extends number, B extends number> = Divide<A, B>[1];

/** A / B rounded up. */
export type DivCeil<A extends number, B extends number> =
  Divide<A, B> extends [infer Q extends number, infer R extends number] ? (R extends 0 ? Q : Add<Q, 1>) : number;

type Divide<A extends number, B extends number> = B extends 1
  ? [A, 0]
  : B extends 0
    ? [number, number]
    : [DigitsOf<A>, DigitsOf<B>] extends [infer X extends Digits, infer Y extends Digits]
      ? DivDigits<X, Y> extends [infer Q, infer R]
        ? [FromDigits<Q>, FromDigits<R>]
        : never
      : [number, number];

/** Whether A < B; `boolean` where it is not known. */
export type LessThan<A extends number, B extends number> = Sub<A, B> extends null ? true : number extends Sub<A, B> ? boolean : false;
