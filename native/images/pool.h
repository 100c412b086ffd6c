// Threads for work on images: apart from the device's, so that the next batch is made while the device trains.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nn {
namespace images {

class Pool {
 public:
  // Threads are started as they are needed, `most` of them at most.
  explicit Pool(int most) : most_(most < 1 ? 1 : most) {}
  // Work that has begun is finished, what waits is dropped.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `work` on a thread, in the order of the calls. False when no thread could be started.
  bool submit(std::function<void()> work);

 private:
  void run();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool closed_ = false;
};

}  // namespace images
}  // namespace nn
