/** One line of a terminal that is drawn over again and again, and the bar that progress is shown with. */

/** Cells of a bar. */
const WIDTH = 20;
const COLOURS = /\x1b\[\d+m/g;

/** `━━━━━━━━━━━━━━━━━━━━`, of which the share that is done is bright; without colours off a terminal. */
export function bar(done: number, total: number, coloured: boolean): string {
  const bright = Math.max(0, Math.min(Math.round((WIDTH * done) / Math.max(total, 1)), WIDTH));
  return `${'━'.repeat(bright)}${coloured ? '\x1b[90m' : ''}${'━'.repeat(WIDTH - bright)}${coloured ? '\x1b[39m' : ''}`;
}

/** `12s`, `1:05`, `2:00:09`. */
export function duration(seconds: number): string {
  const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}:${pad((seconds % 3600) / 60)}:${pad(seconds % 60)}`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
  return `${Math.round(seconds)}s`;
}

function visible(line: string): string {
  return line.replace(COLOURS, '');
}

/** The first `width` visible characters; colours are kept, so that each is also switched off. */
function cut(line: string, width: number): string {
  let left = width;
  return line
    .split(/(\x1b\[\d+m)/)
    .map((part, i) => {
      if (i % 2 === 1) return part;
      const kept = part.slice(0, Math.max(left, 0));
      left -= part.length;
      return kept;
    })
    .join('');
}

export class TerminalLine {
  private width = 0;

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** Draws over what stands there. `whole`: the last drawing, which stays and may be longer than the terminal is wide. */
  draw(line: string, whole = false): void {
    // A line that wraps could not be drawn over.
    const shown = whole ? line : cut(line, (this.out.columns ?? Infinity) - 1);
    // What a longer line before left over is cleared with spaces.
    const length = visible(shown).length;
    this.out.write(`\r${shown}${' '.repeat(Math.max(this.width - length, 0))}`);
    this.width = length;
  }
}
