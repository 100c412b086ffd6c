// The functions of cuDNN that are used, found by name in the library that was opened: the plugin links no NVIDIA library.
#pragma once

#include <cudnn.h>

#include <string>

namespace nn {
namespace cudnn {

// Graphs, which do nearly everything, and softmax, for which graphs have no operation that trains.
// clang-format off
#define NN_CUDNN_FUNCTIONS(X) \
  X(cudnnGetVersion) X(cudnnGetErrorString) X(cudnnGetLastErrorString) X(cudnnCreate) X(cudnnDestroy) \
  X(cudnnSetStream) X(cudnnBackendCreateDescriptor) X(cudnnBackendDestroyDescriptor) \
  X(cudnnBackendSetAttribute) X(cudnnBackendGetAttribute) X(cudnnBackendFinalize) X(cudnnBackendExecute) \
  X(cudnnCreateTensorDescriptor) X(cudnnDestroyTensorDescriptor) X(cudnnSetTensorNdDescriptor) \
  X(cudnnSoftmaxForward) X(cudnnSoftmaxBackward)
// clang-format on

struct Api {
#define X(name) decltype(&::name) name = nullptr;
  NN_CUDNN_FUNCTIONS(X)
#undef X
};

// What version these sources know how to talk to: 9.12 (graphs for all six kinds of GPU) to any later 9.
constexpr size_t kOldestVersion = 91200, kNextMajor = 100000;

// False with a sentence in `why` where a function or the version is not what is wanted.
bool load_api(void* library, Api* api, std::string* why);
// 91900 is "9.19.0".
std::string version_text(size_t version);

}  // namespace cudnn
}  // namespace nn
