// Memory and its ways between host and device.
#include <numeric>
#include <random>

#include "cuda_rig.h"

namespace nn {
namespace {

class CudaTransfer : public CudaRig {};

fake::Machine late() {
  fake::Machine machine;
  machine.delay_us = 300;
  return machine;
}

std::vector<char> noise(size_t bytes, unsigned seed) {
  std::vector<char> data(bytes);
  std::mt19937 random(seed);
  for (size_t i = 0; i + 4 <= bytes; i += 4) {
    uint32_t word = random();
    std::memcpy(&data[i], &word, 4);
  }
  return data;
}

TEST_F(CudaTransfer, BytesComeBackWhateverTheirNumber) {
  open(late());
  for (size_t bytes : {size_t{1}, size_t{63}, size_t{4096}, size_t{262144}, size_t{262145}, size_t{8} << 20, (size_t{8} << 20) + 1,
                       (size_t{37} << 20) + 123}) {
    void* data = allocate(bytes);
    std::vector<char> source = noise(bytes, static_cast<unsigned>(bytes)), expected = source;
    upload(data, source);
    std::fill(source.begin(), source.end(), 'x');  // it may be used again at once
    EXPECT_TRUE(read<char>(data, bytes) == expected) << bytes;
    api->free(device, data);
  }
  EXPECT_EQ(api->upload(device, nullptr, nullptr, 0, &error), NN_OK);
  EXPECT_EQ(api->download(device, nullptr, nullptr, 0, &error), NN_OK);
  EXPECT_EQ(api->copy(device, nullptr, nullptr, 0, &error), NN_OK);
}

TEST_F(CudaTransfer, ManySmallUploadsKeepTheirOrder) {
  open(late());
  void* data = allocate(sizeof(int) * 4000);
  std::vector<int> expected(4000);
  std::iota(expected.begin(), expected.end(), 7);
  for (int round = 0; round < 3; round++) {  // 24000 slots of 64 bytes: the ring goes round more than once only with its events
    for (size_t i = 0; i < expected.size(); i += 500) {
      std::vector<int> part(expected.begin() + static_cast<std::ptrdiff_t>(i), expected.begin() + static_cast<std::ptrdiff_t>(i) + 500);
      if (round < 2) part.assign(500, -1);
      upload(static_cast<int*>(data) + i, part);
    }
  }
  EXPECT_EQ(read<int>(data, 4000), expected);
  std::vector<char> large(200000, 'a');
  void* other = allocate(large.size());
  for (int i = 0; i < 40; i++) {  // 8 MB through 2 MB of pinned memory
    large[0] = static_cast<char>(i);
    upload(other, large);
  }
  EXPECT_EQ(read<char>(other, 1)[0], 39);
  api->free(device, data);
  api->free(device, other);
}

TEST_F(CudaTransfer, ALargeUploadDoesNotOvertakeKernelsNorWaitForThem) {
  open(late());
  size_t count = (size_t{12} << 20) / 4;
  void *data = allocate(count * 4), *before = allocate(count * 4), *after = allocate(count * 4);
  upload(data, std::vector<float>(count, 1));
  ASSERT_EQ(api->synchronize(device, &error), NN_OK);
  fake::hold();
  ASSERT_EQ(add(data, before, static_cast<int64_t>(count), 0), NN_OK);
  upload(data, std::vector<float>(count, 2));  // returns although nothing moves: two pieces of eight megabytes have room
  ASSERT_EQ(add(data, after, static_cast<int64_t>(count), 0), NN_OK);
  fake::release();
  EXPECT_EQ(read<float>(before, count), std::vector<float>(count, 1));
  EXPECT_EQ(read<float>(after, count), std::vector<float>(count, 2));
  for (void* one : {data, before, after}) api->free(device, one);
}

TEST_F(CudaTransfer, ManyReadsUnderWayAtOnce) {
  open(late());
  const size_t count = 3000;
  void* data = allocate(count * 4);
  std::vector<float> x(count);
  std::iota(x.begin(), x.end(), 0.0f);
  upload(data, x);
  std::vector<std::vector<float>> got(200, std::vector<float>(count, -1));
  std::vector<Notice> notices(got.size());
  for (size_t i = 0; i < got.size(); i++) {
    ASSERT_EQ(add(data, data, count, 1), NN_OK);
    ASSERT_EQ(api->download(device, got[i].data(), data, count * 4, &error), NN_OK);
    ASSERT_EQ(api->notify(device, Notice::take, &notices[i], &error), NN_OK);
  }
  for (size_t i = 0; i < got.size(); i++) {
    ASSERT_TRUE(notices[i].wait());
    EXPECT_EQ(notices[i].code, NN_OK);
    EXPECT_EQ(got[i][5], 6.0f + static_cast<float>(i));
    EXPECT_EQ(got[i][count - 1], static_cast<float>(count + i));
  }
  api->free(device, data);
}

TEST_F(CudaTransfer, MemoryIsFreedInTheOrderOfTheStream) {
  open(late());
  std::vector<float> ones(1000, 1);
  void* y = allocate(4000);
  for (int i = 0; i < 50; i++) {
    void* x = allocate(4000);
    upload(x, ones);
    ASSERT_EQ(add(x, y, 1000, static_cast<float>(i)), NN_OK);
    api->free(device, x);  // the kernel may still be waiting
  }
  EXPECT_EQ(read<float>(y, 1000), std::vector<float>(1000, 50));
  api->free(device, y);
}

TEST_F(CudaTransfer, OutOfMemoryLeavesTheDeviceUsable) {
  fake::Machine machine = late();
  machine.memory = 64 << 20;
  open(machine);
  void *first = allocate(40 << 20), *second = nullptr;
  EXPECT_EQ(api->alloc(device, 30 << 20, &second, &error), NN_OUT_OF_MEMORY);
  EXPECT_STREQ(error.message, "the device has 24 of 64 MB free");
  EXPECT_GE(fake::count_calls("cudaMemPoolTrimTo"), 1);
  api->free(device, first);
  second = allocate(60 << 20);  // freed in stream order: it has to wait for that
  upload(second, std::vector<float>(8, 3));
  EXPECT_EQ(read<float>(second, 8), std::vector<float>(8, 3));
  api->free(device, second);
}

TEST_F(CudaTransfer, ADeviceWithoutPoolsServesTheSame) {
  fake::Machine machine = late();
  machine.pools = false;
  machine.memory = 64 << 20;
  open(machine);
  void *x = allocate(4000), *none = nullptr;
  EXPECT_EQ(api->alloc(device, 100 << 20, &none, &error), NN_OUT_OF_MEMORY);
  upload(x, std::vector<float>(1000, 2));
  ASSERT_EQ(add(x, x, 1000, 1), NN_OK);
  EXPECT_EQ(read<float>(x, 1000), std::vector<float>(1000, 3));
  api->free(device, x);
  EXPECT_EQ(fake::count_calls("cudaMallocFromPoolAsync"), 0);
}

TEST_F(CudaTransfer, OtherThreadsAllocateMeanwhile) {
  open();
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) {
      nn_error wrong{};
      void* data = nullptr;
      if (api->alloc(device, 5000, &data, &wrong) == NN_OK) api->free(device, data);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  void* x = allocate(4000);
  upload(x, std::vector<float>(1000, 0));
  for (int i = 0; i < 20; i++) {
    ASSERT_EQ(api->graph_begin(device, &error), NN_OK);
    ASSERT_EQ(add(x, x, 1000, 1), NN_OK);
    void* graph = nullptr;
    ASSERT_EQ(api->graph_end(device, &graph, &error), NN_OK) << error.message;
    ASSERT_EQ(api->graph_launch(device, graph, &error), NN_OK);
    ASSERT_EQ(api->synchronize(device, &error), NN_OK);
    api->graph_destroy(device, graph);
  }
  stop = true;
  other.join();
  EXPECT_EQ(read<float>(x, 1), std::vector<float>(1, 20));
  api->free(device, x);
}

}  // namespace
}  // namespace nn
