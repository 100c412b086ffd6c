// Life of a device: what is refused and in which words, graphs, notices, losses.
#include <algorithm>

#include "backends/cuda/info.h"
#include "cuda_rig.h"

namespace nn {
namespace {

class CudaDevice : public CudaRig {
 protected:
  std::string counted(const fake::Machine& machine) {
    fake::reset(machine);
    error = {};
    EXPECT_LT(api->device_count(&error), 0);
    return error.message;
  }
};

TEST_F(CudaDevice, WhatKeepsDevicesFromWorkingIsSaid) {
  fake::Machine machine;
  machine.devices = 3;
  fake::reset(machine);
  EXPECT_EQ(api->device_count(&error), 3);
  machine.driver = 0;
  EXPECT_EQ(counted(machine),
            "cuda: expected NVIDIA's driver, got none that answers; install release 580 or newer and load its kernel module");
  machine.driver = 12080;
  EXPECT_EQ(counted(machine).rfind("cuda: expected a driver for CUDA 13.0 or newer (release 580), got one for CUDA 12.8", 0), 0u);
  machine.driver = 13010;
  machine.devices = 0;
  EXPECT_EQ(counted(machine), "cuda: expected an NVIDIA GPU, got a driver that shows none; see nvidia-smi and CUDA_VISIBLE_DEVICES");
  fake::reset();
  fake::fail("cudaGetDeviceCount", 1, cudaErrorECCUncorrectable);
  EXPECT_LT(api->device_count(&error), 0);
  EXPECT_STREQ(error.message, "cuda: expected an NVIDIA GPU, got: uncorrectable ECC error encountered (cudaErrorECCUncorrectable)");
}

TEST_F(CudaDevice, OnlyADeviceThatExistsIsOpened) {
  fake::Machine machine;
  machine.devices = 2;
  open(machine, 1);
  char json[2048];
  api->describe(device, json, sizeof json);
  EXPECT_EQ(std::string(json).rfind("{\"description\": \"Emulated \\\"GPU\\\" 1\", \"computeCapability\": \"9.0\", ", 0), 0u) << json;
  nn_device* other = nullptr;
  nn_open_options options{2, 0};
  EXPECT_EQ(api->open(&options, &other, &error), NN_INVALID);
  EXPECT_STREQ(error.message, "cuda: expected device 0 to 1, got 2");
  options.index = -1;
  EXPECT_EQ(api->open(&options, &other, &error), NN_INVALID);
  int64_t free_bytes = 0, total = 0;
  api->memory_info(device, &free_bytes, &total);
  EXPECT_EQ(total, int64_t{4} << 30);
  EXPECT_LE(free_bytes, total);
}

TEST_F(CudaDevice, AFailureToOpenLeavesNothingBehind) {
  for (const char* function : {"cudaSetDevice", "cudaGetDeviceProperties", "cudaStreamCreateWithFlags", "cudaHostAlloc",
                               "cudaMemPoolCreate", "cudaMemPoolSetAttribute", "cudaEventCreateWithFlags"}) {
    for (int nth = 1; nth <= 2; nth++) {
      fake::reset();
      fake::fail(function, nth, cudaErrorInvalidValue);
      nn_open_options options{0, 0};
      error = {};
      int32_t code = api->open(&options, &device, &error);
      if (code == NN_OK) {  // called less often than that
        close();
        continue;
      }
      EXPECT_EQ(code, NN_LIBRARY) << function;
      EXPECT_NE(std::string(error.message).find("invalid argument (cudaErrorInvalidValue)"), std::string::npos) << error.message;
      device = nullptr;
      EXPECT_EQ(fake::live_objects(), 0) << function;
    }
  }
}

TEST_F(CudaDevice, OptionsAreKnownByNameAndValue) {
  open();
  EXPECT_EQ(api->set_option(device, "precision", "tf32", &error), NN_OK);
  EXPECT_TRUE(device->tf32);
  EXPECT_EQ(api->set_option(device, "precision", "half", &error), NN_INVALID);
  EXPECT_EQ(api->set_option(device, "speed", "much", &error), NN_INVALID);
}

TEST_F(CudaDevice, NoticesComeInOrderAndAfterTheWork) {
  fake::Machine machine;
  machine.delay_us = 500;
  open(machine);
  void* x = allocate(40);
  upload(x, std::vector<float>(10, 0));
  struct Order {
    std::vector<int64_t> kernels;
    std::atomic<int> calls{0};
  } order;
  for (int i = 0; i < 10; i++) {
    ASSERT_EQ(add(x, x, 10, 1), NN_OK);
    auto fn = [](void* argument, int32_t, const char*) {
      auto* to = static_cast<Order*>(argument);
      to->kernels.push_back(fake::kernels_run());
      to->calls++;
    };
    ASSERT_EQ(api->notify(device, fn, &order, &error), NN_OK);
  }
  ASSERT_EQ(api->synchronize(device, &error), NN_OK);
  ASSERT_EQ(order.calls, 10);
  EXPECT_TRUE(std::is_sorted(order.kernels.begin(), order.kernels.end()));
  for (int64_t i = 0; i < 10; i++) EXPECT_GE(order.kernels[static_cast<size_t>(i)], i + 1);
  api->free(device, x);
}

TEST_F(CudaDevice, ClosingCallsBackForWhatIsPending) {
  fake::Machine machine;
  machine.delay_us = 3000;
  open(machine);
  void* x = allocate(40);
  upload(x, std::vector<float>(10, 1));
  std::vector<float> got(10);
  Notice notice;
  for (int i = 0; i < 5; i++) ASSERT_EQ(add(x, x, 10, 1), NN_OK);
  ASSERT_EQ(api->download(device, got.data(), x, 40, &error), NN_OK);
  ASSERT_EQ(api->notify(device, Notice::take, &notice, &error), NN_OK);
  api->free(device, x);
  close();
  EXPECT_EQ(notice.calls, 1);
  EXPECT_EQ(notice.code, NN_OK);
  EXPECT_EQ(got, std::vector<float>(10, 6));
}

__global__ void complain_about(nn_device_complaint* complaint, int32_t code, int32_t value, int64_t limit) {
  complaint->value = value;
  complaint->limit = limit;
  complaint->code = code;
}

TEST_F(CudaDevice, AComplaintIsToldOnce) {
  open();
  auto complain = [&](Complaint code, int32_t value, int64_t limit) {
    cuda::Grid one;
    one.threads.x = 1;
    ASSERT_EQ(cuda::launch(device, "complain", complain_about, one, &error, device->complaint, static_cast<int32_t>(code), value, limit),
              NN_OK);
  };
  complain(Complaint::kIndexOutside, 12, 10);
  Notice notice;
  ASSERT_EQ(api->notify(device, Notice::take, &notice, &error), NN_OK);
  ASSERT_TRUE(notice.wait());
  EXPECT_EQ(notice.code, NN_INVALID);
  EXPECT_EQ(notice.message, "index: expected an index below 10, got 12; its elements of the result are zeros");
  EXPECT_EQ(api->synchronize(device, &error), NN_OK);
  complain(Complaint::kRowOutside, -1, 6);
  EXPECT_EQ(api->synchronize(device, &error), NN_INVALID);
  EXPECT_STREQ(error.message, "rows: expected a position from 0 to 6, got -1; the result of that command is zeros");
  EXPECT_EQ(api->synchronize(device, &error), NN_OK);
}

TEST_F(CudaDevice, AGraphReplaysWhatWasRecordedInOrder) {
  open();
  void *x = allocate(40), *y = allocate(40);
  upload(x, std::vector<float>(10, 0));
  void* graph = nullptr;
  ASSERT_EQ(api->graph_begin(device, &error), NN_OK);
  ASSERT_EQ(add(x, x, 10, 1), NN_OK);
  ASSERT_EQ(add(x, y, 10, 100), NN_OK);
  ASSERT_EQ(api->copy(device, x, y, 4, &error), NN_OK);  // the first element goes back
  ASSERT_EQ(api->graph_end(device, &graph, &error), NN_OK) << error.message;
  EXPECT_EQ(read<float>(x, 10), std::vector<float>(10, 0));  // recording does nothing
  fake::take_log();
  for (int i = 0; i < 3; i++) ASSERT_EQ(api->graph_launch(device, graph, &error), NN_OK);
  EXPECT_EQ(fake::count_calls("cudaGraphLaunch"), 3);
  std::vector<float> expected(10, 3);
  expected[0] = 303;
  EXPECT_EQ(read<float>(x, 10), expected);
  std::vector<std::string> launches;
  for (const std::string& line : fake::take_log()) {
    if (line.rfind("launch", 0) == 0) launches.push_back(line);
  }
  EXPECT_EQ(launches, std::vector<std::string>());  // a replay is one call
  api->graph_destroy(device, graph);
  api->free(device, x);
  api->free(device, y);
}

TEST_F(CudaDevice, WhileRecordingMemoryIsNeitherGivenNorTaken) {
  open();
  void *x = allocate(40), *y = allocate(40), *none = nullptr, *graph = nullptr;
  upload(x, std::vector<float>(10, 0));
  ASSERT_EQ(api->graph_begin(device, &error), NN_OK);
  ASSERT_EQ(add(x, x, 10, 1), NN_OK);
  EXPECT_EQ(api->alloc(device, 40, &none, &error), NN_INVALID);
  api->free(device, y);  // kept until the recording ends
  ASSERT_EQ(api->graph_end(device, &graph, &error), NN_OK) << error.message;
  ASSERT_EQ(api->graph_launch(device, graph, &error), NN_OK);
  EXPECT_EQ(read<float>(x, 1)[0], 1);
  api->graph_destroy(device, graph);
  api->free(device, x);
}

TEST_F(CudaDevice, AFailureWhileRecordingLeavesTheStreamUsable) {
  open();
  void* x = allocate(40);
  upload(x, std::vector<float>(10, 0));
  for (const char* function :
       {"cudaStreamBeginCapture", "cudaLaunchKernelEx", "cudaStreamEndCapture", "cudaGraphInstantiate", "cudaGraphUpload"}) {
    fake::fail(function, 1, cudaErrorNotSupported);
    void* graph = nullptr;
    int32_t code = api->graph_begin(device, &error);
    if (code == NN_OK) {
      int32_t run = add(x, x, 10, 1);
      code = api->graph_end(device, &graph, &error);
      if (run != NN_OK && code == NN_OK) {  // as the core does
        api->graph_destroy(device, graph);
        code = run;
      }
    }
    EXPECT_EQ(code, NN_LIBRARY) << function;
    if (std::string(function) == "cudaStreamEndCapture") {  // the fake did not end it
      ASSERT_EQ(api->graph_begin(device, &error), NN_LIBRARY);
      cudaGraph_t ended = nullptr;
      cudaStreamEndCapture(device->stream, &ended);
      cudaGraphDestroy(ended);
    }
    upload(x, std::vector<float>(10, 4));
    ASSERT_EQ(add(x, x, 10, 1), NN_OK);
    EXPECT_EQ(read<float>(x, 10), std::vector<float>(10, 5)) << function;
  }
  api->free(device, x);
}

TEST_F(CudaDevice, EveryRowIsTakenOnceInItsTurn) {
  open();
  const size_t bytes = 4096;
  std::vector<int> rows((NN_ROWS_HEADER + 3 * bytes) / 4, 0);
  for (size_t i = 0; i < 3 * bytes / 4; i++) rows[NN_ROWS_HEADER / 4 + i] = static_cast<int>(i);
  rows[2] = 3;  // how many there are
  void *block = allocate(rows.size() * 4), *to = allocate(bytes), *graph = nullptr;
  ASSERT_EQ(api->graph_begin(device, &error), NN_OK);
  ASSERT_EQ(api->next_row(device, to, block, bytes, &error), NN_OK);
  ASSERT_EQ(api->graph_end(device, &graph, &error), NN_OK) << error.message;
  for (int again = 0; again < 2; again++) {
    upload(block, rows);
    for (int launch = 0; launch < 5; launch++) {
      int row = std::min(launch, 2);
      ASSERT_EQ(api->graph_launch(device, graph, &error), NN_OK);
      std::vector<int> got = read<int>(to, bytes / 4);
      for (size_t i = 0; i < got.size(); i++) ASSERT_EQ(got[i], row * static_cast<int>(bytes / 4) + static_cast<int>(i));
    }
  }
  api->graph_destroy(device, graph);
  api->free(device, block);
  api->free(device, to);
}

TEST_F(CudaDevice, AfterABadAddressEveryCallSaysThatTheDeviceIsLost) {
  fake::Machine machine;
  machine.delay_us = 200;
  open(machine);
  void *x = allocate(40), *graph = nullptr, *none = nullptr;
  upload(x, std::vector<float>(10, 0));
  ASSERT_EQ(api->graph_begin(device, &error), NN_OK);
  ASSERT_EQ(add(x, x, 10, 1), NN_OK);
  ASSERT_EQ(api->graph_end(device, &graph, &error), NN_OK);
  fake::fault_after(3);
  fake::hold();
  std::vector<Notice> notices(4);
  std::vector<float> got(10, -1);
  for (Notice& notice : notices) {
    ASSERT_EQ(api->graph_launch(device, graph, &error), NN_OK);
    ASSERT_EQ(api->download(device, got.data(), x, 40, &error), NN_OK);
    ASSERT_EQ(api->notify(device, Notice::take, &notice, &error), NN_OK);
  }
  fake::release();
  for (Notice& notice : notices) ASSERT_TRUE(notice.wait());
  EXPECT_EQ(notices[3].code, NN_DEVICE_LOST);
  EXPECT_NE(notices[3].message.find("an illegal memory access was encountered"), std::string::npos) << notices[3].message;
  std::vector<int32_t> codes;
  auto keep = [&](int32_t code) {
    codes.push_back(code);
    EXPECT_NE(std::string(error.message).find("an illegal memory access"), std::string::npos) << error.message;
    error = {};
  };
  Notice never;
  keep(api->alloc(device, 40, &none, &error));
  keep(api->upload(device, x, got.data(), 40, &error));
  keep(api->download(device, got.data(), x, 40, &error));
  keep(api->copy(device, x, x, 40, &error));
  keep(api->notify(device, Notice::take, &never, &error));
  keep(api->synchronize(device, &error));
  keep(api->graph_begin(device, &error));
  keep(api->graph_launch(device, graph, &error));
  keep(add(x, x, 10, 1));
  EXPECT_EQ(codes, std::vector<int32_t>(codes.size(), NN_DEVICE_LOST));
  EXPECT_EQ(never.calls, 0);
  api->graph_destroy(device, graph);
  api->free(device, x);
  char json[2048];
  api->describe(device, json, sizeof json);
  api->close(device);  // does not hang
  device = nullptr;
  fake::reset();
  // What a lost device held is lost with it: the process goes on, and memory of the device goes with its context.
}

}  // namespace
}  // namespace nn
