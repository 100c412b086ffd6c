// A libcudnn for tests: descriptors are kept, engines are made up, every call is written down, and anything fails when it is told to.
#pragma once

#include <cudnn.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nn {
namespace fake {

struct Engine {
  int64_t index;
  std::vector<cudnnBackendNumericalNote_t> notes;
  int64_t workspace = 0;
  bool builds = true;
  bool fallback = false;  // offered by the second list
  int spin_us = 0;        // how long its execution holds the host
};

struct Executed {
  int64_t engine;
  void* stream;
  void* workspace;
  std::vector<void*> data;
  std::vector<int64_t> ids;
};

struct Cudnn {
  size_t version = 91900;
  std::vector<Engine> engines;
  std::vector<std::string> log;  // "cudnnCreate", "finalize graph", "execute eng3", ...
  std::vector<Executed> executed;
  std::function<void(const Executed&)> on_execute;
  std::map<std::string, cudnnStatus_t> failures;  // by function
  std::string last_error;
  int live_descriptors = 0, live_handles = 0;

  void reset() { *this = Cudnn(); }
};

}  // namespace fake
}  // namespace nn

// Of the library that was opened.
extern "C" nn::fake::Cudnn* fake_cudnn();
