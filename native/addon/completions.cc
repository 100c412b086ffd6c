#include "addon/completions.h"

#include <utility>

namespace nn {

Napi::Value failure_object(Napi::Env env, const FailurePtr& failure) {
  if (!failure) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object["code"] = Napi::Number::New(env, failure->code);
  object["op"] = Napi::String::New(env, failure->op);
  object["message"] = Napi::String::New(env, failure->message);
  object["operands"] = Napi::String::New(env, failure->operands);
  return object;
}

std::shared_ptr<Completions> Completions::make(Napi::Env env, Napi::Function on_event) {
  auto made = std::make_shared<Completions>();
  // The function holds a reference of its own, released by its finalizer, which Node calls after the last call of the callback.
  auto* held = new std::shared_ptr<Completions>(made);
  napi_status status = napi_create_threadsafe_function(
      env, on_event, nullptr, Napi::String::New(env, "node-cudnn"), 0, 1, held,
      [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<Completions>*>(data); }, held,
      [](napi_env raw, napi_value callback, void* context, void*) {
        if (raw == nullptr || callback == nullptr) return;  // the environment is going away
        Napi::Env env(raw);
        Napi::HandleScope scope(env);
        (*static_cast<std::shared_ptr<Completions>*>(context))->deliver(env, Napi::Function(env, callback));
      },
      &made->function_);
  if (status != napi_ok) {
    delete held;
    return nullptr;
  }
  napi_unref_threadsafe_function(env, made->function_);
  return made;
}

void Completions::push(Completion completion) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return;
  queue_.push_back(std::move(completion));
  // One wake-up for any number of completions that come before JavaScript has time.
  if (scheduled_) return;
  scheduled_ = napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking) == napi_ok;
}

void Completions::expect(Napi::Env env, int64_t id, Napi::Value target) {
  if (awaited_++ == 0) napi_ref_threadsafe_function(env, function_);
  if (!target.IsEmpty()) targets_[id] = Napi::Reference<Napi::Value>::New(target, 1);
}

void Completions::deliver(Napi::Env env, Napi::Function on_event) {
  std::deque<Completion> ready;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    scheduled_ = false;
    if (closed_) return;
    ready.swap(queue_);
  }
  for (Completion& completion : ready) {
    Napi::HandleScope scope(env);
    Napi::Value result = env.Undefined();
    if (completion.has_stats) {
      Napi::Object stats = Napi::Object::New(env);
      stats["recorded"] = Napi::Number::New(env, completion.stats.recorded);
      stats["kernels"] = Napi::Number::New(env, completion.stats.kernels);
      stats["arena"] = Napi::Number::New(env, static_cast<double>(completion.stats.arena));
      stats["unplanned"] = Napi::Number::New(env, static_cast<double>(completion.stats.unplanned));
      result = stats;
    } else if (completion.has_done) {
      result = Napi::Number::New(env, completion.done);
    }
    targets_.erase(completion.id);
    if (--awaited_ == 0) napi_unref_threadsafe_function(env, function_);
    on_event.Call({Napi::Number::New(env, static_cast<double>(completion.id)), failure_object(env, completion.failure), result});
    if (env.IsExceptionPending()) {
      // Handlers of promises run elsewhere; an exception here is one of the event function itself.
      Napi::Error error = env.GetAndClearPendingException();
      napi_fatal_exception(env, error.Value());
    }
    if (closed_) return;  // by the event function
  }
}

void Completions::close() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return;
  closed_ = true;
  queue_.clear();
  targets_.clear();
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
}

}  // namespace nn
