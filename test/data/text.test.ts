/** IMDB and Reuters: small files of the same form, with what Keras 3.15 makes of them; pickles that are no data. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mersenne, shuffleLikeNumpy } from '../../lib/datasets/mersenne.js';
import { readNpz, readZip } from '../../lib/datasets/npz.js';
import { readPickle } from '../../lib/datasets/pickle.js';
import { imdbOf, reutersOf, textSettings, type TextPart } from '../../lib/datasets/text.js';
import { FormatError } from '../../lib/errors.js';

type Part = [x: number[][], y: number[]];
interface Fixture {
  imdb: string;
  reuters: string;
  cases: ['imdb' | 'reuters', object, [Part, Part]][];
  shuffled: number[];
}
const fixture = JSON.parse(readFileSync(path.join(__dirname, 'fixtures', 'text.json'), 'utf8')) as Fixture;

async function partOf({ x, y }: TextPart): Promise<Part> {
  const labels = Array.from(await y.data());
  y.dispose();
  return [x, labels];
}

describe('text data sets', () => {
  for (const [name, options, [train, test]] of fixture.cases) {
    it(`${name} with ${JSON.stringify(options)} is what Keras makes of the file`, async () => {
      const read = name === 'imdb' ? imdbOf : reutersOf;
      const set = read('f', Buffer.from(fixture[name], 'base64'), textSettings('f', options));
      assert.deepEqual([await partOf(set.train), await partOf(set.test)], [train, test]);
    });
  }

  it('shuffles as NumPy does', () => {
    assert.deepEqual(shuffleLikeNumpy([...Array(20).keys()], mersenne(113)), fixture.shuffled);
  });

  describe('pickles', () => {
    const data = (text: string): unknown => readPickle('p', Buffer.from(text, 'latin1'));

    it('give plain data, in the protocols that NumPy has written', () => {
      assert.deepEqual(data('\x80\x02]q\x00(K\x01M\x02\x01J\xff\xff\xff\xffe.'), [1, 258, -1]);
      assert.deepEqual(data('(lp0\nI1\naI2\na.'), [1, 2]);
      assert.deepEqual(data('\x80\x04\x8c\x02hi\x94K\x05\x86\x94.'), ['hi', 5]);
    });

    for (const [what, text, words] of [
      [
        'a call of the system',
        'cos\nsystem\n(S"id"\ntR.',
        /p, byte 11: expected a pickle of plain data, got the name os\.system; other pickles are programs, which are not run/,
      ],
      ['a name made on the way', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /got the name os\.system/],
      ['an array of an array', '\x80\x02cnumpy\nndarray\n)R.', /got a call of numpy\.ndarray/],
      ['an opcode that makes objects', '(i__builtin__\neval\n.', /got opcode 0x69/],
      ['an end in the middle', '\x80\x02]q\x00(K', /got the end of the file/],
      ['a list that is none', '\x80\x02K\x01K\x02a.', /got values for what is no list/],
      ['an empty stack', '\x80\x02.', /got too few values/],
      ['a reference to nothing', '\x80\x02h\x07.', /got a reference to nothing/],
    ] as const) {
      it(`refuse ${what}`, () => {
        assert.throws(
          () => data(text),
          (error: unknown) => error instanceof FormatError && words.test(error.message),
        );
      });
    }
  });

  it('a damaged archive is a FormatError, wherever the damage is', () => {
    const good = Buffer.from(fixture.reuters, 'base64');
    assert.ok(readNpz('f', good).has('x'));
    assert.throws(() => readZip('f', good.subarray(0, 100)), FormatError);
    let refused = 0;
    for (let i = 0; i < good.length; i += 7) {
      const bad = Buffer.from(good);
      bad[i]! ^= 0xff;
      try {
        readNpz('f', bad);
      } catch (error) {
        refused++;
        // zlib says itself that a stream is damaged
        assert.ok(
          error instanceof FormatError || /^Z_|ERR_OUT_OF_RANGE|ERR_BUFFER/.test((error as NodeJS.ErrnoException).code ?? ''),
          String(error),
        );
      }
    }
    assert.ok(refused > 20);
  });
});
