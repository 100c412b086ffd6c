// Brings completions from device threads to one JavaScript function, joined before the environment goes.
#pragma once

#include <napi.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/context.h"

namespace nn {

// The failure as the object that typings/addon.d.ts declares.
Napi::Value failure_object(Napi::Env env, const FailurePtr& failure);

// Shared by a context and its thread-safe function: whichever goes last frees it.
class Completions : public std::enable_shared_from_this<Completions> {
 public:
  static std::shared_ptr<Completions> make(Napi::Env env, Napi::Function on_event);
  // From any thread.
  void push(Completion completion);
  // On the JavaScript thread: an answer is awaited, so the process must live until it came, and so must the memory it is written to.
  void expect(Napi::Env env, int64_t id, Napi::Value target);
  // On the JavaScript thread, when no thread pushes any more.
  void close();

 private:
  void deliver(Napi::Env env, Napi::Function on_event);

  napi_threadsafe_function function_ = nullptr;
  std::mutex mutex_;
  std::deque<Completion> queue_;
  bool closed_ = false;
  bool scheduled_ = false;
  // JavaScript thread only:
  int64_t awaited_ = 0;
  std::unordered_map<int64_t, Napi::Reference<Napi::Value>> targets_;
};

}  // namespace nn
