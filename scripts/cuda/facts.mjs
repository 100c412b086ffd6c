// Sums up what ptxas said of the kernels (FOLDER/**/*.facts, written by native/backends/cuda/compile.sh).
//   node scripts/cuda/facts.mjs FOLDER SUMMARY.json TOOLCHAIN
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** One entry a kernel and architecture: { kernel, architecture, registers, stack, spills } (the last two in bytes). */
export function readFacts(text) {
  const entries = [];
  let entry;
  let inEntry = false;
  for (const line of text.split('\n')) {
    const start = line.match(/Compiling entry function '([^']+)' for 'sm_(\d+)a?'/);
    if (start) entries.push((entry = { kernel: start[1], architecture: Number(start[2]), registers: 0, stack: 0, spills: 0 }));
    const properties = line.match(/Function properties for (\S+)/);
    if (properties) inEntry = properties[1] === entry?.kernel;
    const frame = line.match(/(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/);
    // a function that was not inlined counts for the kernel that it was compiled with
    if (frame && entry) {
      if (inEntry) entry.stack = Number(frame[1]);
      entry.spills += Number(frame[2]) + Number(frame[3]);
    }
    const used = line.match(/Used (\d+) registers/);
    if (used && entry) entry.registers = Number(used[1]);
  }
  return entries;
}

export function summaryOf(entries) {
  const architectures = [...new Set(entries.map(({ architecture }) => architecture))].sort((a, b) => a - b);
  return {
    architectures,
    kernels: new Set(entries.map(({ kernel }) => kernel)).size,
    registers: entries.reduce((most, { registers }) => Math.max(most, registers), 0),
    stack: entries.reduce((most, { stack }) => Math.max(most, stack), 0),
    spilling: entries
      .filter(({ spills }) => spills > 0)
      .map(({ kernel, architecture, spills }) => `${kernel} (sm_${architecture}): ${spills} bytes`),
  };
}

export function sentenceOf({ architectures, kernels, registers, spilling }) {
  const names = architectures.map((architecture) => `sm_${architecture}`).join(', ');
  const spills = spilling.length === 0 ? 'none spills' : `${spilling.length} spill: ${spilling.slice(0, 5).join('; ')}`;
  return `CUDA kernels: ${kernels} for ${names || 'no architecture'}, at most ${registers} registers, ${spills}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, summary, toolchain] = process.argv.slice(2);
  // a file left by a source that was removed since does not count
  const sources = fileURLToPath(new URL('../../native/backends/cuda', import.meta.url));
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.facts') && existsSync(join(sources, name.replace(/\.facts$/, ''))))
    .map((name) => join(folder, name));
  writeFileSync(summary, JSON.stringify({ ...summaryOf(files.flatMap((file) => readFacts(readFileSync(file, 'utf8')))), toolchain }));
}
