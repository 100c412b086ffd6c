// Loops over several threads. The number of threads is OpenMP's (the device thread sets it), so that oneDNN and these share one pool.
// No result may depend on it.
#pragma once

#include <omp.h>

#include <cstdint>

namespace nn {

// Below this much work (in float32 additions) a parallel region costs more than it saves: a few microseconds on an idle machine, and far
// more where other processes hold the cores. The softmax regression of the tutorials took 153 us a step with two threads and 27 with one
// on a machine with one more process; none of its ops is split now.
constexpr int64_t kParallelWork = 131072;

// f(begin, end) for parts of [0, n) of at least `grain` each. A region always has the whole team: libgomp ends and restarts threads when
// team sizes vary, so parts that are too few leave threads idle instead.
template <class F>
void parallel_for(int64_t n, int64_t grain, F f) {
  if (n <= 0) return;
  if (grain < 1) grain = 1;
  int64_t parts = omp_in_parallel() ? 1 : omp_get_max_threads();
  if (parts > n / grain) parts = n / grain;
  if (parts <= 1) {
    f(int64_t{0}, n);
    return;
  }
  const int64_t size = n / parts, more = n % parts;  // the first `more` parts have one element more
#pragma omp parallel
  for (int64_t i = omp_get_thread_num(); i < parts; i += omp_get_num_threads()) {
    const int64_t begin = i * size + (i < more ? i : more);
    f(begin, begin + size + (i < more ? 1 : 0));
  }
}

// Into how many chunks a reduction over n is cut: by n alone, so that partial results are the same for every number of threads.
constexpr int kMaxChunks = 64;
inline int chunk_count(int64_t n, int64_t smallest) {
  const int64_t count = smallest > 0 ? n / smallest : n;
  return static_cast<int>(count < 1 ? 1 : count > kMaxChunks ? kMaxChunks : count);
}

// combine(...combine(initial, map(chunk 0))..., map(last chunk)), where map(begin, end) may run on any thread.
template <class T, class Map, class Combine>
T parallel_reduce(int64_t n, int64_t smallest_chunk, T initial, Map map, Combine combine) {
  const int chunks = chunk_count(n, smallest_chunk);
  T partial[kMaxChunks];
  parallel_for(chunks, 1, [&](int64_t first, int64_t last) {
    for (int64_t c = first; c < last; c++) partial[c] = map(n * c / chunks, n * (c + 1) / chunks);
  });
  T result = initial;
  for (int c = 0; c < chunks; c++) result = combine(result, partial[c]);
  return result;
}

}  // namespace nn
