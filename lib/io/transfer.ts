/**
 * A large file on its way to the disk or from it: how far it is, told to whoever waits for longer than a second, and whether it is still wanted.
 * What is told goes to stderr, as with downloads: what a program prints stays what it was.
 */
import path from 'node:path';
import type { TypedArray } from '../tensor/dtype.js';
import { bar, duration, TerminalLine } from './terminal.js';

/** Options of all that writes or reads large files. */
export interface TransferOptions {
  /** 1, or 'auto': large files that take longer than a second show a bar on a terminal and lines elsewhere; 0: nothing. 'auto'. */
  verbose?: 0 | 1 | 'auto';
  /** Ends it with the signal's reason: a file that was to be written stays as it was. */
  signal?: AbortSignal | undefined;
}

/** In milliseconds: what is shorter shows nothing, and the bar is drawn so often after that. In bytes: what is smaller shows nothing either. */
export const timing = { first: 1000, between: 100, bytes: 10e6 };

const SAID = { writing: 'wrote', reading: 'read' } as const;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}

export class Transfer {
  private total = 0;
  private done = 0;
  private readonly started = performance.now();
  private readonly name: string;
  private readonly signal: AbortSignal | undefined;
  private timer: NodeJS.Timeout | undefined;
  private line: TerminalLine | undefined;
  /** Whether a first line was written where there is no terminal. */
  private told = false;

  constructor(
    private readonly doing: keyof typeof SAID,
    file: string,
    { verbose = 'auto', signal }: TransferOptions = {},
    private readonly out: NodeJS.WriteStream = process.stderr,
  ) {
    this.name = path.basename(file);
    this.signal = signal;
    if (verbose === 0) return;
    if (timing.first === 0) this.show();
    else this.timer = setTimeout(() => this.show(), timing.first).unref();
  }

  /** One that says nothing and is not ended. */
  static silent(): Transfer {
    return new Transfer('reading', '', { verbose: 0 });
  }

  /** Says that so many bytes are to come, beside those of before. */
  expect(bytes: number): void {
    this.total += bytes;
  }

  /** Says that so many of them are done. Throws the signal's reason where it was aborted. */
  add(bytes: number): void {
    this.done += bytes;
    this.check();
  }

  /** Throws the signal's reason where it was aborted. */
  check(): void {
    this.signal?.throwIfAborted();
  }

  /** Pieces on their way, counted when the next one is asked for; `each`: bytes of an element in the file, where it has others. */
  async *through<T extends TypedArray>(pieces: AsyncIterable<T>, each?: number): AsyncGenerator<T> {
    this.check();
    for await (const piece of pieces) {
      // Before it is given away: memory that has a new owner has no length here.
      const bytes = each === undefined ? piece.byteLength : each * piece.length;
      yield piece;
      this.add(bytes);
    }
  }

  /** Ends it well. */
  end(): void {
    if (!this.stop()) return;
    const seconds = (performance.now() - this.started) / 1000;
    const { line } = this;
    if (line) {
      line.draw(`${this.name} ${megabytes(this.done)}/${megabytes(this.done)} MB ${bar(1, 1, true)} ${duration(seconds)}`, true);
      this.out.write('\n');
    } else {
      this.out.write(`${SAID[this.doing]} ${this.name}: ${megabytes(this.done)} MB in ${seconds.toFixed(1)} s\n`);
    }
  }

  /** Ends it after a failure, whose message gets a line of its own. */
  fail(): void {
    if (this.stop() && this.line) this.out.write('\n');
  }

  /** Whether anything was shown. */
  private stop(): boolean {
    clearTimeout(this.timer);
    return this.line !== undefined || this.told;
  }

  private show(): void {
    if (this.total < timing.bytes) {
      this.timer = setTimeout(() => this.show(), timing.between).unref();
      return;
    }
    if (!this.out.isTTY) {
      this.told = true;
      this.out.write(`${this.doing} ${this.name}${this.total > 0 ? `: ${megabytes(this.total)} MB` : ''}\n`);
      return;
    }
    this.line ??= new TerminalLine(this.out);
    this.draw(this.line);
    this.timer = setTimeout(() => this.show(), timing.between).unref();
  }

  private draw(line: TerminalLine): void {
    const seconds = (performance.now() - this.started) / 1000;
    if (this.total === 0) return line.draw(`${this.doing} ${this.name} ${duration(seconds)}`);
    const done = Math.min(this.done, this.total);
    const share = done / this.total;
    // What is written last, checksum and all, has still to reach the disk.
    const left = share < 1 ? duration((seconds / Math.max(share, 0.01)) * (1 - share)) : this.doing === 'writing' ? 'to the disk' : '';
    line.draw(`${this.name} ${megabytes(done)}/${megabytes(this.total)} MB ${bar(done, this.total, true)} ${left}`.trimEnd());
  }
}

/** Runs what writes or reads a file, with somebody to tell how far it is. */
export async function transferring<T>(
  doing: keyof typeof SAID,
  file: string,
  options: TransferOptions,
  run: (transfer: Transfer) => Promise<T>,
): Promise<T> {
  const transfer = new Transfer(doing, file, options);
  try {
    transfer.check();
    const result = await run(transfer);
    transfer.end();
    return result;
  } catch (error) {
    transfer.fail();
    throw error;
  }
}
