/** One side of a workload: a process that holds model and data and trains one epoch each time it is told to. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** No epoch of these models takes this long; a side that does has hung. */
const TIMEOUT_MS = 10 * 60 * 1000;
const PREFIX = 'bench ';

export type Message = Record<string, unknown>;

export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string>;
}

/** A side that cannot take part: not installed, or unable to train this model. */
export class SideError extends Error {}

/** Libraries print what they like; the answers are the lines that begin with "bench ". */
export class Side {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly messages: Message[] = [];
  private wake: (() => void) | undefined;
  private ended: string | undefined;
  private complaint = '';

  constructor(command: Command, cwd: string) {
    this.child = spawn(command.program, command.args, { cwd, env: { ...process.env, ...command.env } });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      if (!line.startsWith(PREFIX)) return;
      this.messages.push(JSON.parse(line.slice(PREFIX.length)) as Message);
      this.wake?.();
    });
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      if (/error|cannot|fail/i.test(line)) this.complaint = line.trim();
    });
    this.child.stdin.on('error', () => undefined);
    this.child.on('error', (error) => this.end(error.message));
    this.child.on('close', (code, signal) => this.end(`it ended with ${signal ?? code}${this.complaint ? `: ${this.complaint}` : ''}`));
  }

  private end(why: string): void {
    this.ended ??= why;
    this.wake?.();
  }

  /** The next answer. */
  async next(): Promise<Message> {
    if (this.messages.length === 0 && this.ended === undefined) {
      const timer = setTimeout(() => {
        this.end(`no answer in ${TIMEOUT_MS / 60000} minutes`);
        this.child.kill('SIGKILL');
      }, TIMEOUT_MS);
      await new Promise<void>((resolve) => (this.wake = resolve));
      clearTimeout(timer);
      this.wake = undefined;
    }
    const message = this.messages.shift();
    if (!message) throw new SideError(this.ended);
    const excuse = message['unavailable'] ?? message['failed'];
    if (typeof excuse === 'string') throw new SideError(excuse);
    return message;
  }

  async ready(): Promise<Message> {
    return (await this.next())['ready'] as Message;
  }

  /** One epoch; a loss that is no number would mean that something else than training was timed. */
  async epoch(): Promise<number> {
    this.child.stdin.write('epoch\n');
    const { seconds, loss } = await this.next();
    if (!Number.isFinite(seconds) || !Number.isFinite(loss)) throw new SideError(`expected seconds and a loss, got ${seconds} and ${loss}`);
    return seconds as number;
  }

  /** Ends the process in order and gives its peak memory. */
  async finish(): Promise<number> {
    this.child.stdin.write('end\n');
    return (await this.next())['peakMegabytes'] as number;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Starts a process that gives one answer and ends. */
export async function ask(command: Command, cwd: string): Promise<Message> {
  const side = new Side(command, cwd);
  try {
    return await side.next();
  } finally {
    side.kill();
  }
}
