// Where the time of a step goes. NODE_CUDNN_PROFILE names a file; each program appends one line of JSON to it, at its third run: the time
// of a replay, and of each of its kernels alone. Kernels are repeated for it, so what the program changes (weights, say) is spoilt.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "core/program_impl.h"

namespace nn {
namespace {

constexpr int kRepeats = 50;

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) { return std::chrono::duration<double, std::micro>(Clock::now() - start).count(); }

}  // namespace

// The time of one of `kRepeats` calls in a row; on a device that records graphs they are one launch, so that gaps are not counted.
bool Program::Impl::time_step(const Step& step, double* microseconds, FailurePtr* failure) {
  const nn_backend_api* api = device.api();
  nn_error error{};
  void* recorded = nullptr;
  auto fail = [&](int32_t code) {
    *failure = make_failure(code, "profile", error.message);
    return false;
  };
  auto repeat = [&] {
    int32_t code = NN_OK;
    for (int i = 0; i < kRepeats && code == NN_OK; i++) code = step.run(device.raw(), &step.args, step.plan, step.workspace, &error);
    return code;
  };
  int32_t code = NN_OK;
  if (api->graph_begin) {
    code = api->graph_begin(device.raw(), &error);
    if (code != NN_OK) return fail(code);
    int32_t ran = repeat();
    nn_error ended{};
    code = api->graph_end(device.raw(), &recorded, &ended);
    if (ran != NN_OK || code != NN_OK) {
      if (code == NN_OK) api->graph_destroy(device.raw(), recorded);
      if (ran == NN_OK) error = ended;
      return fail(ran != NN_OK ? ran : code);
    }
  }
  auto once = [&] {
    int32_t status = recorded ? api->graph_launch(device.raw(), recorded, &error) : repeat();
    return status == NN_OK ? api->synchronize(device.raw(), &error) : status;
  };
  code = once();  // the first is slower
  auto start = Clock::now();
  if (code == NN_OK) code = once();
  *microseconds = microseconds_since(start) / kRepeats;
  if (recorded) api->graph_destroy(device.raw(), recorded);
  return code == NN_OK || fail(code);
}

bool Program::Impl::profile(const char* path, FailurePtr* failure) {
  const nn_backend_api* api = device.api();
  nn_error error{};
  if (api->synchronize(device.raw(), &error) != NN_OK) return true;  // whatever it is, the run tells of it
  auto start = Clock::now();
  for (int i = 0; i < kRepeats; i++) {
    if (!replay(failure)) return false;
  }
  double submitted = microseconds_since(start) / kRepeats;
  if (api->synchronize(device.raw(), &error) != NN_OK) return true;
  double replayed = microseconds_since(start) / kRepeats;
  std::string line = "{\"replay\": " + std::to_string(replayed) + ", \"submit\": " + std::to_string(submitted) + ", \"kernels\": [";
  for (size_t i = recording.constants; i < steps.size(); i++) {
    double microseconds = 0;
    if (!time_step(steps[i], &microseconds, failure)) return false;
    line += (i > recording.constants ? ", " : "") + std::string("{\"name\": \"") + name_of(i) + "\", \"operands\": \"" +
            operands_text(steps[i].args) + "\", \"microseconds\": " + std::to_string(microseconds) + "}";
  }
  line += "]}\n";
  if (FILE* file = std::fopen(path, "a")) {
    std::fputs(line.c_str(), file);
    std::fclose(file);
  }
  return true;
}

}  // namespace nn
