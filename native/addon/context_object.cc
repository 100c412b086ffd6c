#include "addon/context_object.h"

#include <cstring>
#include <string>
#include <vector>

#include "addon/backends.h"
#include "addon/environment.h"

namespace nn {

namespace {

void throw_type(Napi::Env env, const char* sentence) { Napi::TypeError::New(env, sentence).ThrowAsJavaScriptException(); }

bool int32_array(const Napi::Value& value, const int32_t** data, size_t* count) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) return false;
  auto array = value.As<Napi::Int32Array>();
  *data = array.Data();
  *count = array.ElementLength();
  return true;
}

// [handle, dtype, rank, dims...] one after the other.
bool placeholders(const Napi::Value& value, std::vector<Placeholder>* out) {
  const int32_t* words = nullptr;
  size_t count = 0, at = 0;
  if (!int32_array(value, &words, &count)) return false;
  while (at < count) {
    if (count - at < 3) return false;
    Placeholder made{words[at], {}};
    made.tensor.dtype = words[at + 1];
    made.tensor.rank = words[at + 2];
    at += 3;
    if (made.tensor.rank < 0 || made.tensor.rank > NN_MAX_RANK || static_cast<size_t>(made.tensor.rank) > count - at) return false;
    for (int32_t d = 0; d < made.tensor.rank; d++) made.tensor.dims[d] = words[at++];
    if (!finish_tensor(&made.tensor)) return false;
    out->push_back(made);
  }
  return true;
}

int32_t int_at(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : 0;
}
int64_t id_at(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int64Value() : 0;
}

// A dtype and a shape, one argument after the other.
bool tensor_at(const Napi::CallbackInfo& info, size_t index, nn_tensor* tensor) {
  const int32_t* dims = nullptr;
  size_t rank = 0;
  tensor->dtype = int_at(info, index);
  if (!int32_array(info[index + 1], &dims, &rank) || rank > NN_MAX_RANK) return false;
  tensor->rank = static_cast<int32_t>(rank);
  for (size_t d = 0; d < rank; d++) tensor->dims[d] = dims[d];
  return finish_tensor(tensor);
}

}  // namespace

Napi::Function ContextObject::define(Napi::Env env) {
  return DefineClass(env, "NativeContext",
                     {
                         InstanceMethod<&ContextObject::submit>("submit"),
                         InstanceMethod<&ContextObject::upload>("upload"),
                         InstanceMethod<&ContextObject::receive>("receive"),
                         InstanceMethod<&ContextObject::read>("read"),
                         InstanceMethod<&ContextObject::read_sync>("readSync"),
                         InstanceMethod<&ContextObject::sync>("sync"),
                         InstanceMethod<&ContextObject::create_program>("createProgram"),
                         InstanceMethod<&ContextObject::run_program>("runProgram"),
                         InstanceMethod<&ContextObject::destroy_program>("destroyProgram"),
                         InstanceMethod<&ContextObject::describe_program>("describeProgram"),
                         InstanceMethod<&ContextObject::settle>("settle"),
                         InstanceMethod<&ContextObject::memory>("memory"),
                         InstanceMethod<&ContextObject::set_limit>("setLimit"),
                         InstanceMethod<&ContextObject::reset_peak>("resetPeak"),
                         InstanceMethod<&ContextObject::release_cache>("releaseCache"),
                         InstanceMethod<&ContextObject::describe>("describe"),
                         InstanceMethod<&ContextObject::memory_info>("memoryInfo"),
                         InstanceMethod<&ContextObject::set_option>("setOption"),
                         InstanceMethod<&ContextObject::counters>("counters"),
                         InstanceMethod<&ContextObject::close>("close"),
                     });
}

ContextObject::ContextObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ContextObject>(info) {
  Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[0].IsString() || !info[3].IsFunction()) {
    throw_type(env, "createContext: expected a backend's name, an index, a number of threads and a function");
    return;
  }
  std::string name = info[0].As<Napi::String>();
  nn_error error{};
  std::string why;
  const nn_backend_api* api = backend_named(name, &why);
  if (api == nullptr) {
    Napi::Error::New(env, why).ThrowAsJavaScriptException();
    return;
  }
  completions_ = Completions::make(env, info[3].As<Napi::Function>());
  if (!completions_) {
    throw_type(env, "createContext: no thread-safe function could be made");
    return;
  }
  nn_open_options options{int_at(info, 1), int_at(info, 2)};
  auto completions = completions_;
  context_ = Context::open(api, options, [completions](Completion completion) { completions->push(std::move(completion)); }, &error);
  if (!context_) {
    completions_->close();
    Napi::Error::New(env, error.message).ThrowAsJavaScriptException();
    return;
  }
  // Hooks run last in, first out: this one comes before that of the thread-safe function, which must not be touched after its own.
  napi_add_env_cleanup_hook(env, cleanup, this);
}

void ContextObject::cleanup(void* self) { static_cast<ContextObject*>(self)->shut(); }

ContextObject::~ContextObject() { close(); }

void ContextObject::close() {
  if (!context_) return;
  napi_remove_env_cleanup_hook(Env(), cleanup, this);
  shut();
}

void ContextObject::shut() {
  if (!context_) return;
  context_.reset();  // joins the device thread, so nobody pushes any more
  completions_->close();
}

Context* ContextObject::live(Napi::Env env) {
  if (!context_) Napi::Error::New(env, "expected an open device, got one that was closed").ThrowAsJavaScriptException();
  return context_.get();
}

void ContextObject::submit(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context == nullptr) return;
  const int32_t* words = nullptr;
  size_t count = 0;
  if (!int32_array(info[0], &words, &count)) return throw_type(info.Env(), "submit: expected an Int32Array and a count");
  int64_t used = id_at(info, 1);
  if (used < 0 || static_cast<uint64_t>(used) > count) return throw_type(info.Env(), "submit: expected a count within the array");
  context->submit(words, static_cast<size_t>(used));
}

void ContextObject::upload(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return;
  nn_tensor tensor{};
  if (!tensor_at(info, 1, &tensor)) return throw_type(env, "upload: expected a known dtype and a possible shape of at most 8 axes");
  const uint8_t* data = nullptr;
  size_t bytes = 0;
  if (info[3].IsTypedArray()) {
    auto array = info[3].As<Napi::TypedArray>();
    data = static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
    bytes = array.ByteLength();
  } else if (info[3].IsDataView()) {
    auto view = info[3].As<Napi::DataView>();
    data = static_cast<const uint8_t*>(view.ArrayBuffer().Data()) + view.ByteOffset();
    bytes = view.ByteLength();
  } else {
    return throw_type(env, "upload: expected a typed array");
  }
  if (static_cast<int64_t>(bytes) != bytes_of(tensor)) return throw_type(env, "upload: expected as many bytes as the shape and dtype need");
  context->upload(int_at(info, 0), tensor, data);
}

void ContextObject::receive(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return;
  if (!info[0].IsObject() || !info[0].As<Napi::Object>().InstanceOf(env.GetInstanceData<Environment>()->context_class.Value())) {
    return throw_type(env, "receive: expected another context");
  }
  ContextObject* other = Unwrap(info[0].As<Napi::Object>());
  Context* source = other == nullptr ? nullptr : other->live(env);
  if (source == nullptr) return;
  nn_tensor tensor{};
  if (!tensor_at(info, 3, &tensor)) return throw_type(env, "receive: expected a known dtype and a possible shape of at most 8 axes");
  if (source == context) return throw_type(env, "receive: expected another context, got the same");
  context->receive(*source, int_at(info, 1), int_at(info, 2), tensor);
}

void ContextObject::read(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context == nullptr) return;
  if (!info[1].IsArrayBuffer()) return throw_type(info.Env(), "read: expected an ArrayBuffer to read into");
  auto target = info[1].As<Napi::ArrayBuffer>();
  completions_->expect(info.Env(), id_at(info, 2), target);
  context->read(int_at(info, 0), target.Data(), target.ByteLength(), id_at(info, 2));
}

Napi::Value ContextObject::read_sync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return env.Undefined();
  if (!info[1].IsArrayBuffer()) {
    throw_type(env, "readSync: expected an ArrayBuffer to read into");
    return env.Undefined();
  }
  auto target = info[1].As<Napi::ArrayBuffer>();
  return failure_object(env, context->read_sync(int_at(info, 0), target.Data(), target.ByteLength()));
}

void ContextObject::sync(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context == nullptr) return;
  completions_->expect(info.Env(), id_at(info, 0), Napi::Value());
  context->sync(id_at(info, 0));
}

void ContextObject::create_program(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return;
  ProgramSpec spec;
  const int32_t* words = nullptr;
  const int32_t* outputs = nullptr;
  size_t count = 0, n_outputs = 0;
  if (!int32_array(info[1], &words, &count) || !int32_array(info[5], &outputs, &n_outputs)) {
    return throw_type(env, "createProgram: expected Int32Arrays of words and outputs");
  }
  int64_t used = id_at(info, 2);
  if (used < 0 || static_cast<uint64_t>(used) > count) return throw_type(env, "createProgram: expected a count within the words");
  if (!placeholders(info[3], &spec.inputs) || !placeholders(info[4], &spec.uniforms)) {
    return throw_type(env, "createProgram: expected placeholders as [handle, dtype, rank, dims...]");
  }
  spec.words.assign(words, words + used);
  spec.outputs.assign(outputs, outputs + n_outputs);
  spec.fuse = info[6].ToBoolean();
  completions_->expect(env, id_at(info, 7), Napi::Value());
  context->create_program(int_at(info, 0), std::move(spec), id_at(info, 7));
}

void ContextObject::run_program(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return;
  const int32_t *inputs = nullptr, *outputs = nullptr;
  size_t n_inputs = 0, n_outputs = 0;
  if (!int32_array(info[1], &inputs, &n_inputs) || !int32_array(info[2], &outputs, &n_outputs)) {
    return throw_type(env, "runProgram: expected Int32Arrays of input and output handles");
  }
  if (!info[3].IsTypedArray() || info[3].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    return throw_type(env, "runProgram: expected a Float64Array of uniform values");
  }
  auto rows = info[3].As<Napi::Float64Array>();
  void* target = nullptr;
  size_t target_bytes = 0;
  Napi::Value kept;
  if (info[5].IsArrayBuffer()) {
    auto buffer = info[5].As<Napi::ArrayBuffer>();
    target = buffer.Data();
    target_bytes = buffer.ByteLength();
    kept = buffer;
  }
  completions_->expect(env, id_at(info, 6), kept);
  context->run_program(int_at(info, 0), std::vector<int32_t>(inputs, inputs + n_inputs), std::vector<int32_t>(outputs, outputs + n_outputs),
                       std::vector<double>(rows.Data(), rows.Data() + rows.ElementLength()), int_at(info, 4), target, target_bytes,
                       id_at(info, 6));
}

void ContextObject::destroy_program(const Napi::CallbackInfo& info) {
  if (context_) context_->destroy_program(int_at(info, 0));
}

Napi::Value ContextObject::describe_program(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context == nullptr) return info.Env().Undefined();
  return Napi::String::New(info.Env(), context->describe_program(int_at(info, 0)));
}

void ContextObject::settle(const Napi::CallbackInfo&) {
  if (context_) context_->settle();
}

Napi::Value ContextObject::memory(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return env.Undefined();
  MemoryStats stats = context->device().allocator().stats();
  Napi::Object object = Napi::Object::New(env);
  object["live"] = Napi::Number::New(env, static_cast<double>(stats.live));
  object["peak"] = Napi::Number::New(env, static_cast<double>(stats.peak));
  object["cached"] = Napi::Number::New(env, static_cast<double>(stats.cached));
  object["buffers"] = Napi::Number::New(env, static_cast<double>(stats.buffers));
  object["limit"] = Napi::Number::New(env, static_cast<double>(context->device().allocator().limit()));
  return object;
}

void ContextObject::set_limit(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context != nullptr) context->device().allocator().set_limit(id_at(info, 0));
}

void ContextObject::reset_peak(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context != nullptr) context->device().allocator().reset_peak();
}

void ContextObject::release_cache(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context != nullptr) context->device().allocator().release_cache();
}

Napi::Value ContextObject::describe(const Napi::CallbackInfo& info) {
  Context* context = live(info.Env());
  if (context == nullptr) return info.Env().Undefined();
  char json[8192] = "{}";
  context->device().api()->describe(context->device().raw(), json, sizeof json);
  return Napi::String::New(info.Env(), json);
}

Napi::Value ContextObject::memory_info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return env.Undefined();
  int64_t free_bytes = 0, total_bytes = 0;
  context->device().api()->memory_info(context->device().raw(), &free_bytes, &total_bytes);
  Napi::Object object = Napi::Object::New(env);
  object["free"] = Napi::Number::New(env, static_cast<double>(free_bytes));
  object["total"] = Napi::Number::New(env, static_cast<double>(total_bytes));
  return object;
}

Napi::Value ContextObject::set_option(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return env.Undefined();
  if (!info[0].IsString() || !info[1].IsString()) {
    throw_type(env, "setOption: expected a name and a value, both strings");
    return env.Undefined();
  }
  return failure_object(env, context->set_option(info[0].As<Napi::String>(), info[1].As<Napi::String>()));
}

Napi::Value ContextObject::counters(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Context* context = live(env);
  if (context == nullptr) return env.Undefined();
  const Counters& counters = context->counters();
  Napi::Object object = Napi::Object::New(env);
  object["calls"] = Napi::Number::New(env, static_cast<double>(counters.calls.load()));
  object["commands"] = Napi::Number::New(env, static_cast<double>(counters.commands.load()));
  object["replays"] = Napi::Number::New(env, static_cast<double>(counters.replays.load()));
  object["tensors"] = Napi::Number::New(env, static_cast<double>(counters.tensors.load()));
  return object;
}

void ContextObject::close(const Napi::CallbackInfo&) { close(); }

}  // namespace nn
