/** What the build reads out of ptxas' words about the kernels. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const module = JSON.stringify(join(__dirname, '..', '..', 'scripts', 'cuda', 'facts.mjs'));

interface Summary {
  architectures: number[];
  kernels: number;
  registers: number;
  stack: number;
  spilling: string[];
}

function summarize(text: string): { summary: Summary; sentence: string } {
  const script = `import { readFacts, sentenceOf, summaryOf } from ${module};
const summary = summaryOf(readFacts(${JSON.stringify(text)}));
console.log(JSON.stringify({ summary, sentence: sentenceOf(summary) }));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })) as ReturnType<
    typeof summarize
  >;
}

const entry = (kernel: string, architecture: number, spilled: number, registers: number) => `ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '${kernel}' for 'sm_${architecture}'
ptxas info    : Function properties for ${kernel}
    ${spilled} bytes stack frame, ${spilled} bytes spill stores, ${spilled * 2} bytes spill loads
ptxas info    : Used ${registers} registers, used 0 barriers, 360 bytes cmem[0]
ptxas info    : Compile time = 9.394 ms
`;

describe('facts of the CUDA kernels', () => {
  it('counts kernels once, whatever the number of architectures, and finds the largest', () => {
    const { summary, sentence } = summarize(entry('_Z1a', 75, 0, 8) + entry('_Z1b', 75, 0, 64) + entry('_Z1a', 90, 0, 10));
    assert.deepEqual(summary, { architectures: [75, 90], kernels: 2, registers: 64, stack: 0, spilling: [] });
    assert.equal(sentence, 'CUDA kernels: 2 for sm_75, sm_90, at most 64 registers, none spills');
  });

  it('names a kernel that spills, and on which GPU', () => {
    const { summary, sentence } = summarize(entry('_Z1a', 75, 0, 8) + entry('_Z1a', 90, 16, 255));
    assert.deepEqual(summary.spilling, ['_Z1a (sm_90): 48 bytes']);
    assert.match(sentence, /at most 255 registers, 1 spill: _Z1a \(sm_90\): 48 bytes$/);
  });

  it('counts what a function that was not inlined spills', () => {
    const called = `${entry('_Z1a', 75, 0, 8)}ptxas info    : Function properties for _Z6helperv
    32 bytes stack frame, 8 bytes spill stores, 8 bytes spill loads
`;
    const { summary } = summarize(called);
    assert.deepEqual(summary.spilling, ['_Z1a (sm_75): 16 bytes']);
    assert.equal(summary.stack, 0);
  });
});
