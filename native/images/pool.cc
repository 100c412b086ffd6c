#include "images/pool.h"

#include <system_error>
#include <utility>

namespace nn {
namespace images {

Pool::~Pool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    waiting_.clear();
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Pool::submit(std::function<void()> work) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (idle_ <= waiting_.size() && threads_.size() < most_) {
    try {
      threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) return false;
    }
  }
  waiting_.push_back(std::move(work));
  ready_.notify_one();
  return true;
}

void Pool::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    idle_++;
    ready_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    idle_--;
    if (closed_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace images
}  // namespace nn
