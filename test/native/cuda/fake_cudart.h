// A CUDA runtime for tests, linked in the place of NVIDIA's: device memory is host memory, each stream does its work late on a thread of
// its own, captures record what they are given, and anything fails when it is told to. What real hardware would punish is a violation.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nn {
namespace fake {

struct Machine {
  int devices = 1;
  int driver = 13000;   // CUDA's version that the driver is made for; 0: no driver
  int runtime = 13000;  // what the plugin was built with
  int64_t memory = int64_t{4} << 30;
  bool pools = true;  // cudaMallocAsync and its kin
  int delay_us = 0;   // each piece of work starts up to this much later
  unsigned seed = 1;
};

// Forgets failures, the log and a lost device. Nothing of an earlier test may be open.
void reset(const Machine& machine = {});

// The n-th call of a function from now, counted from 1, and `times` - 1 after it.
void fail(const std::string& function, int nth, cudaError_t status, int times = 1);
// When the n-th kernel from now has run, the device is lost with this error, as after a bad address.
void fault_after(int kernels, cudaError_t status = cudaErrorIllegalAddress);

// Streams stand still between the two, however long the host goes on.
void hold();
void release();

// Names of calls and kernels in the order in which they were made ("cudaGraphLaunch", "launch add"), and of kernels as they ran ("run
// add").
std::vector<std::string> take_log();
int64_t count_calls(const std::string& function);  // since reset
int64_t kernels_run();
int64_t live_device_bytes();
int64_t live_objects();  // streams, events, graphs, pools and pieces of pinned memory
// Freed or foreign memory used, memory freed twice, calls that a capture forbids, kernels that break the emulation's rules.
std::vector<std::string> take_violations();

}  // namespace fake
}  // namespace nn
