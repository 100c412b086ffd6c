/** Progress as Keras prints it: a bar that moves on a terminal, one line an epoch elsewhere. */
import { bar, duration, TerminalLine } from '../io/terminal.js';

/** Between two drawings of the bar, in milliseconds. */
const INTERVAL = 50;

export type Verbose = 0 | 1 | 2;

function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  return Math.abs(value) > 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `accuracy: 0.9114 - loss: 0.3009`, by name as Keras sorts them. */
export function figures(logs: Readonly<Record<string, number>>): string {
  return Object.keys(logs)
    .sort()
    .map((name) => `${name}: ${figure(logs[name]!)}`)
    .join(' - ');
}

/** The figures behind the times; predictions have none. */
function tail(logs: Readonly<Record<string, number>>): string {
  const text = figures(logs);
  return text === '' ? '' : ` - ${text}`;
}

function perStep(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(0)}s/step`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(0)}ms/step`;
  return `${(seconds * 1e6).toFixed(0)}us/step`;
}

export class Progress {
  private started = 0;
  private drawn = 0;
  private readonly line: TerminalLine;
  private readonly moving: boolean;

  constructor(
    private readonly verbose: Verbose,
    /** Steps, where they are known beforehand. */
    private readonly target: number | undefined,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {
    this.moving = verbose === 1 && out.isTTY;
    this.line = new TerminalLine(out);
  }

  begin(title?: string): void {
    this.started = performance.now();
    if (this.verbose > 0 && title !== undefined) this.out.write(`${title}\n`);
  }

  update(step: number, logs: Readonly<Record<string, number>>): void {
    if (!this.moving) return;
    const now = performance.now();
    if (now - this.drawn < INTERVAL) return;
    this.drawn = now;
    const spent = (now - this.started) / 1000;
    const each = step > 0 ? spent / step : 0;
    const left = this.target === undefined ? duration(spent) : duration(each * (this.target - step));
    this.line.draw(`${this.bar(step)} ${left} ${perStep(each)}${tail(logs)}`);
  }

  end(steps: number, logs: Readonly<Record<string, number>>): void {
    if (this.verbose === 0) return;
    const spent = (performance.now() - this.started) / 1000;
    const times = `${duration(spent)} ${perStep(spent / Math.max(steps, 1))}`;
    if (this.moving) {
      this.line.draw(`${this.bar(steps)} ${times}${tail(logs)}`, true);
      this.out.write('\n');
    } else {
      this.out.write(`${steps}/${this.target ?? steps} - ${times.replace(' ', ' - ')}${tail(logs)}\n`);
    }
  }

  private bar(step: number): string {
    if (this.target === undefined) return `${String(step).padStart(7)}/Unknown`;
    return `${String(step).padStart(String(this.target).length)}/${this.target} ${bar(step, this.target, this.out.isTTY)}`;
  }
}

/** What `verbose` means: 'auto' is 1 as in Keras. */
export function verboseOf(value: unknown): Verbose {
  if (value === undefined || value === 'auto' || value === true) return 1;
  if (value === false) return 0;
  return value as Verbose;
}
