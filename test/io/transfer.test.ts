/** What is shown of a file on its way: the bar, the lines, and that it comes to its end. */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { timing, Transfer, transferring } from '../../lib/io/transfer.js';

class Screen {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns = 80,
  ) {}
  write(text: string): boolean {
    this.text += text.replace(/\x1b\[\d+m/g, '');
    return true;
  }
  get lines(): string[] {
    return this.text.split('\r').map((line) => line.trimEnd());
  }
}

const on = (screen: Screen, doing: 'writing' | 'reading' = 'writing'): Transfer =>
  new Transfer(doing, '/some/where/big.keras', {}, screen as unknown as NodeJS.WriteStream);

/** Waits for what a busy machine may take long for. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(2);
}

async function* zeros(...lengths: number[]): AsyncGenerator<Float32Array> {
  for (const length of lengths) yield await Promise.resolve(new Float32Array(length));
}

describe('what is shown of a transfer', () => {
  const usual = { ...timing };
  afterEach(() => Object.assign(timing, usual));

  it('begins after a second', async () => {
    assert.equal(usual.first, 1000);
    Object.assign(timing, { first: 30, bytes: 0 });
    const screen = new Screen(true);
    const start = performance.now();
    const transfer = on(screen);
    transfer.expect(4_000_000);
    transfer.add(1_000_000);
    await until(() => screen.text !== '');
    assert.ok(performance.now() - start >= 29);
    assert.match(screen.lines.at(-1)!, /^big\.keras 1\.0\/4\.0 MB ━{20} \d+s$/);
    transfer.fail();
  });

  it('is nothing for small files, however long they take', async () => {
    assert.equal(usual.bytes, 10e6);
    Object.assign(timing, { first: 1, between: 1 });
    for (const isTTY of [true, false]) {
      const screen = new Screen(isTTY);
      const transfer = on(screen);
      transfer.expect(9e6);
      await wait(10);
      transfer.end();
      assert.equal(screen.text, '');
    }
  });

  it('goes on, says that the disk is waited for, and ends in a line that stays', async () => {
    Object.assign(timing, { first: 1, between: 1, bytes: 0 });
    const screen = new Screen(true);
    const transfer = on(screen);
    await until(() => screen.text !== '');
    assert.match(screen.lines.at(-1)!, /^writing big\.keras \d+s$/);
    transfer.expect(300e6);
    transfer.expect(100e6);
    transfer.add(100e6);
    await until(() => screen.text.includes('100/400'));
    assert.match(screen.lines.at(-1)!, /^big\.keras 100\/400 MB ━{20} \d+s$/);
    transfer.add(300e6);
    await until(() => screen.text.includes('400/400'));
    assert.match(screen.lines.at(-1)!, /^big\.keras 400\/400 MB ━{20} to the disk$/);
    transfer.end();
    assert.match(screen.lines.at(-1)!, /^big\.keras 400\/400 MB ━{20} \d+s$/);
    assert.ok(screen.text.endsWith('\n'));
    const { text } = screen;
    await wait(10);
    assert.equal(screen.text, text, 'nothing comes after the end');
  });

  it('fits a narrow terminal', async () => {
    Object.assign(timing, { first: 1, between: 1, bytes: 0 });
    const screen = new Screen(true, 24);
    const transfer = on(screen);
    transfer.expect(400e6);
    await until(() => screen.text !== '');
    assert.ok(screen.lines.slice(1).every((line) => line.length < 24));
    transfer.fail();
    assert.ok(screen.text.endsWith('\n'), 'the error gets a line of its own');
  });

  it('is two lines where there is no terminal', async () => {
    Object.assign(timing, { first: 1, between: 1, bytes: 0 });
    const screen = new Screen(false);
    const transfer = on(screen, 'reading');
    transfer.expect(400e6);
    transfer.add(400e6);
    await until(() => screen.text !== '');
    transfer.end();
    assert.match(screen.text, /^reading big\.keras: 400 MB\nread big\.keras: 400 MB in \d+\.\d s\n$/);
  });

  it('counts pieces when they are used, in bytes of the file', async () => {
    Object.assign(timing, { first: 1, bytes: 0 });
    for (const [each, megabytes] of [
      [undefined, '4.0'],
      [2, '2.0'],
    ] as const) {
      // prettier-ignore
      const screen = new Screen(false);
      const transfer = on(screen);
      for await (const piece of transfer.through(zeros(600_000, 400_000), each))
        structuredClone(piece, { transfer: [piece.buffer as ArrayBuffer] });
      await until(() => screen.text !== '');
      transfer.end();
      assert.match(screen.text, new RegExp(`wrote big\\.keras: ${megabytes} MB`));
    }
  });

  it('stops between pieces with the reason of the signal', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = transferring('writing', 'x', { signal: controller.signal, verbose: 0 }, async (transfer) => {
      for await (const piece of transfer.through(zeros(1, 2, 3))) {
        seen.push(piece.length);
        if (piece.length === 2) controller.abort(new Error('enough'));
      }
    });
    await assert.rejects(run, /^Error: enough$/);
    assert.deepEqual(seen, [1, 2]);
    const late = transferring('writing', 'x', { signal: controller.signal }, () => assert.fail('ran all the same'));
    await assert.rejects(late, /enough/);
  });
});
