// Built several times, each time as another library of NVIDIA's in another version: nothing but what a search asks for.
#include <cstddef>

#define EXPORT extern "C" __attribute__((visibility("default")))

#ifdef FAKE_DRIVER
EXPORT int cuInit(unsigned) { return 100; }
#endif
#ifdef FAKE_CUDNN
EXPORT size_t cudnnGetVersion() { return FAKE_CUDNN; }
EXPORT size_t cudnnGetCudartVersion() { return FAKE_CUDA; }
#endif
#ifdef FAKE_CUBLAS
EXPORT size_t cublasLtGetVersion() { return FAKE_CUBLAS; }
#endif
#ifdef FAKE_NVRTC
EXPORT int nvrtcVersion(int* major, int* minor) {
  *major = FAKE_NVRTC;
  *minor = 0;
  return 0;
}
#endif
#ifdef FAKE_PART
EXPORT int fake_part() { return 1; }
#endif
