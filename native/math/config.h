// One source for g++ and nvcc.
#pragma once

#ifdef __CUDACC__
#define NN_HD __host__ __device__ __forceinline__
#else
#define NN_HD inline __attribute__((always_inline))
#endif
