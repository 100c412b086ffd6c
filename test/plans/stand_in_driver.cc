// A stand-in for libcuda.so.1 on a machine without a driver. cuDNN's run-time compiled engines want that library loaded before they make a
// plan: NVRTC really compiles their kernels, and what would load a compiled kernel pretends that it did. Nothing can be launched. It is
// built for `npm run plans -- --all` alone, never shipped, and must not be found where a GPU is.
namespace {

constexpr int kSuccess = 0, kNoDevice = 100;
int token;

int hand_out(void** handle) {
  *handle = &token;
  return kSuccess;
}

}  // namespace

#define NO_DEVICE(name) \
  int name() { return kNoDevice; }
#define HANDLE(name) \
  int name(void** handle) { return hand_out(handle); }
#define NOTHING(name) \
  int name() { return kSuccess; }

extern "C" {
NO_DEVICE(cuInit)
NO_DEVICE(cuCtxGetCurrent)
NO_DEVICE(cuCtxGetLimit)
NO_DEVICE(cuCtxPopCurrent)
NO_DEVICE(cuCtxPushCurrent)
NO_DEVICE(cuStreamGetCtx)
NO_DEVICE(cuLinkCreate)
NO_DEVICE(cuLinkAddData)
NO_DEVICE(cuLinkComplete)
NO_DEVICE(cuLinkDestroy)
NO_DEVICE(cuLaunchKernel)
NO_DEVICE(cuLaunchCooperativeKernel)
NO_DEVICE(cuLaunchKernelEx)
NO_DEVICE(cuDeviceGetCount)
NO_DEVICE(cuDeviceGet)
NO_DEVICE(cuLibraryLoadFromFile)
NO_DEVICE(cuTensorMapEncodeIm2col)
NO_DEVICE(cuTensorMapEncodeTiled)
NO_DEVICE(cuKernelGetAttribute)
NO_DEVICE(cuOccupancyMaxPotentialClusterSize)
HANDLE(cuLibraryLoadData)
HANDLE(cuLibraryGetKernel)
HANDLE(cuKernelGetFunction)
HANDLE(cuModuleLoadData)
HANDLE(cuModuleGetFunction)
NOTHING(cuLibraryUnload)
NOTHING(cuModuleUnload)
NOTHING(cuKernelSetAttribute)

int cuGetErrorName(int, const char** name) {
  *name = "STAND_IN";
  return kSuccess;
}
int cuGetErrorString(int, const char** text) {
  *text = "stand-in for libcuda";
  return kSuccess;
}
int cuDriverGetVersion(int* version) {
  *version = 13000;
  return kSuccess;
}
}
