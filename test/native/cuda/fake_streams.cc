// Streams, events and graphs of the runtime for tests.
#include <chrono>
#include <stdexcept>
#include <utility>

#include "fake_state.h"

namespace nn {
namespace fake {
namespace {

// Runs one piece of work, outside the mutex.
void perform(State& s, std::unique_lock<std::mutex>& lock, const Work& work) {
  if (s.sticky != cudaSuccess) return;  // a lost device does nothing more
  int delay = s.machine.delay_us > 0 ? static_cast<int>(s.random() % static_cast<unsigned>(s.machine.delay_us)) : 0;
  lock.unlock();
  if (delay > 0) std::this_thread::sleep_for(std::chrono::microseconds(delay));
  std::string wrong;
  try {
    work.run();
  } catch (const std::logic_error& error) {
    wrong = error.what();
  }
  lock.lock();
  if (!wrong.empty()) {
    violate(s, wrong);
    s.sticky = cudaErrorLaunchFailure;
  }
  if (work.name.empty()) return;
  s.kernels_run++;
  if (s.log.size() < 1000000) s.log.push_back("run " + work.name);
  if (s.kernels_until_fault > 0 && --s.kernels_until_fault == 0) s.sticky = s.fault;
}

void loop(Stream* stream) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  for (;;) {
    s.changed.wait(lock, [&] { return (stream->queue.empty() && stream->stopping) || (!stream->queue.empty() && !s.held); });
    if (stream->queue.empty()) break;
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->busy = true;
    if (work.name == "*") {  // what the runtime itself has to do, on a lost device as well
      lock.unlock();
      work.run();
      lock.lock();
    } else {
      perform(s, lock, work);
    }
    stream->busy = false;
    s.changed.notify_all();
  }
}

Stream* stream_at(cudaStream_t stream) { return reinterpret_cast<Stream*>(stream); }

bool idle(const Stream* stream) { return stream->queue.empty() && !stream->busy; }

}  // namespace

cudaError_t check_stream(State& s, cudaStream_t stream) {
  return s.streams.count(stream_at(stream)) ? cudaSuccess : cudaErrorInvalidResourceHandle;
}

bool breaks_capture(State& s, const char* function) {
  for (Stream* stream : s.streams) {
    if (!stream->capture || stream->capturing_thread != std::this_thread::get_id()) continue;
    stream->capture_broken = true;
    violate(s, std::string(function) + ": expected no such call while a stream is recorded");
    return true;
  }
  return false;
}

cudaError_t enqueue(State& s, cudaStream_t stream, Work work) {
  if (cudaError_t wrong = check_stream(s, stream)) return wrong;
  Stream* to = stream_at(stream);
  if (to->capture) {
    if (to->capturing_thread != std::this_thread::get_id()) violate(s, "work for a stream that another thread is recording");
    if (to->capture_broken) return cudaErrorStreamCaptureInvalidated;
    to->capture->work.push_back(std::move(work));
  } else {
    to->queue.push_back(std::move(work));
    s.changed.notify_all();
  }
  return cudaSuccess;
}

}  // namespace fake
}  // namespace nn

using namespace nn::fake;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  FAKE_ENTER("cudaStreamCreateWithFlags");
  auto* made = new Stream();
  s.streams.insert(made);
  made->worker = std::thread(loop, made);
  *stream = reinterpret_cast<cudaStream_t>(made);
  return cudaSuccess;
}

// What was given before is still done.
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  cudaError_t failed = enter(s, "cudaStreamDestroy");
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  Stream* gone = stream_at(stream);
  gone->stopping = true;
  s.changed.notify_all();
  lock.unlock();
  gone->worker.join();
  lock.lock();
  s.streams.erase(gone);
  delete gone;
  return remember(failed);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  FAKE_ENTER("cudaStreamSynchronize");
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  if (breaks_capture(s, "cudaStreamSynchronize")) return remember(cudaErrorStreamCaptureUnsupported);
  s.changed.wait(lock, [&] { return idle(stream_at(stream)) || s.sticky != cudaSuccess; });
  return remember(s.sticky);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  FAKE_ENTER("cudaStreamWaitEvent");
  if (!s.events.count(event)) return remember(cudaErrorInvalidResourceHandle);
  auto mark = reinterpret_cast<Event*>(event)->mark;
  if (!mark) return cudaSuccess;
  return remember(enqueue(s, stream, Work{"*", [mark] {
                                            State& then = state();
                                            std::unique_lock<std::mutex> held(then.mutex);
                                            then.changed.wait(held, [&] { return mark->done || then.sticky != cudaSuccess; });
                                          }}));
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  FAKE_ENTER("cudaEventCreateWithFlags");
  auto* made = new Event();
  s.events.insert(made);
  *event = reinterpret_cast<cudaEvent_t>(made);
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  cudaError_t failed = enter(s, "cudaEventDestroy");
  if (s.events.erase(event) == 0) return remember(cudaErrorInvalidResourceHandle);
  delete reinterpret_cast<Event*>(event);
  return remember(failed);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  FAKE_ENTER("cudaEventRecord");
  if (!s.events.count(event)) return remember(cudaErrorInvalidResourceHandle);
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  if (stream_at(stream)->capture) violate(s, "cudaEventRecord: expected a stream that is not being recorded");
  auto mark = std::make_shared<Mark>();
  reinterpret_cast<Event*>(event)->mark = mark;
  return remember(enqueue(s, stream, Work{"*", [mark] {
                                            State& then = state();
                                            std::lock_guard<std::mutex> held(then.mutex);
                                            mark->done = true;
                                            then.changed.notify_all();
                                          }}));
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  FAKE_ENTER("cudaEventQuery");
  if (!s.events.count(event)) return remember(cudaErrorInvalidResourceHandle);
  auto mark = reinterpret_cast<Event*>(event)->mark;
  return remember(!mark || mark->done ? cudaSuccess : cudaErrorNotReady);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  FAKE_ENTER("cudaEventSynchronize");
  if (!s.events.count(event)) return remember(cudaErrorInvalidResourceHandle);
  if (breaks_capture(s, "cudaEventSynchronize")) return remember(cudaErrorStreamCaptureUnsupported);
  auto mark = reinterpret_cast<Event*>(event)->mark;
  s.changed.wait(lock, [&] { return !mark || mark->done || s.sticky != cudaSuccess; });
  return remember(s.sticky);
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  FAKE_ENTER("cudaStreamBeginCapture");
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  if (mode != cudaStreamCaptureModeThreadLocal) violate(s, "cudaStreamBeginCapture: other threads must be free to allocate meanwhile");
  if (stream_at(stream)->capture) return remember(cudaErrorIllegalState);
  stream_at(stream)->capture = std::make_shared<Graph>();
  stream_at(stream)->capture_broken = false;
  stream_at(stream)->capturing_thread = std::this_thread::get_id();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = nullptr;
  FAKE_ENTER("cudaStreamEndCapture");
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  Stream* from = stream_at(stream);
  if (!from->capture) return remember(cudaErrorIllegalState);
  if (from->capture_broken) {
    from->capture = nullptr;
    return remember(cudaErrorStreamCaptureInvalidated);
  }
  auto* made = new std::shared_ptr<Graph>(std::exchange(from->capture, nullptr));
  s.graphs.insert(made);
  *graph = reinterpret_cast<cudaGraph_t>(made);
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  FAKE_ENTER("cudaStreamIsCapturing");
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  const Stream* at = stream_at(stream);
  *status = !at->capture         ? cudaStreamCaptureStatusNone
            : at->capture_broken ? cudaStreamCaptureStatusInvalidated
                                 : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  FAKE_ENTER("cudaGraphInstantiate");
  if (!s.graphs.count(graph)) return remember(cudaErrorInvalidValue);
  auto* made = new Executable{*reinterpret_cast<std::shared_ptr<Graph>*>(graph), 0};
  s.executables.insert(made);
  *executable = reinterpret_cast<cudaGraphExec_t>(made);
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  cudaError_t failed = enter(s, "cudaGraphDestroy");
  if (s.graphs.erase(graph) == 0) return remember(cudaErrorInvalidValue);
  delete reinterpret_cast<std::shared_ptr<Graph>*>(graph);
  return remember(failed);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  cudaError_t failed = enter(s, "cudaGraphExecDestroy");
  if (s.executables.erase(executable) == 0) return remember(cudaErrorInvalidValue);
  auto* gone = reinterpret_cast<Executable*>(executable);
  if (gone->in_flight > 0 && s.sticky == cudaSuccess) violate(s, "cudaGraphExecDestroy: expected no launch in flight");
  delete gone;
  return remember(failed);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t executable, cudaStream_t) {
  FAKE_ENTER("cudaGraphUpload");
  return remember(s.executables.count(executable) ? cudaSuccess : cudaErrorInvalidValue);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  FAKE_ENTER("cudaGraphLaunch");
  if (!s.executables.count(executable)) return remember(cudaErrorInvalidValue);
  auto* launched = reinterpret_cast<Executable*>(executable);
  launched->in_flight++;
  for (const Work& work : launched->graph->work) {
    if (cudaError_t failed = enqueue(s, stream, work)) return remember(failed);
  }
  return remember(enqueue(s, stream, Work{"*", [launched] {
                                            State& then = state();
                                            std::lock_guard<std::mutex> held(then.mutex);
                                            if (then.executables.count(launched)) launched->in_flight--;
                                          }}));
}
