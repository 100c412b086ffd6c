// The way of bytes between pageable memory of the host and the device, always through pinned memory, always in the order of the compute
// stream, without the host waiting for the device as long as there is room.
#pragma once

#include <cuda_runtime_api.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "backends/cuda/completion.h"
#include "backends/cuda/loss.h"
#include "backends/cuda/memory.h"

namespace nn {

// On the device thread. Small ones go over a ring of pinned segments and the compute stream. Large ones go over a stream of their own into
// landing memory, two pieces in turn, and from there to their place on the compute stream: so that the transfer goes on beside kernels
// that still read what was in that place before.
class Uploader {
 public:
  Uploader(nn_device* device, Loss* loss, DeviceMemory* memory) : device_(device), loss_(loss), memory_(memory) {}
  int32_t open(nn_error* error);
  void close();
  // The source may be used again at once.
  int32_t upload(void* destination, const void* source, size_t bytes, nn_error* error);

 private:
  static constexpr int kSegments = 8;
  static constexpr size_t kSegment = size_t{256} << 10;
  static constexpr int kPieces = 2;
  static constexpr size_t kPiece = size_t{8} << 20;

  struct Piece {
    char* pinned = nullptr;
    void* landing = nullptr;
    cudaEvent_t sent = nullptr;    // on the copy stream: the pinned memory is free, the landing memory is full
    cudaEvent_t landed = nullptr;  // on the compute stream: the landing memory is free
  };
  int32_t upload_small(void* destination, const void* source, size_t bytes, nn_error* error);
  int32_t upload_piece(void* destination, const void* source, size_t bytes, nn_error* error);
  int32_t open_pieces(nn_error* error);

  nn_device* device_;
  Loss* loss_;
  DeviceMemory* memory_;
  char* ring_ = nullptr;
  cudaEvent_t segment_read_[kSegments] = {};
  int segment_ = 0;
  size_t filled_ = 0;  // of the segment
  cudaStream_t copies_ = nullptr;
  Piece pieces_[kPieces];
  int next_piece_ = 0;
};

// On the device thread; the last leg is the completion thread's.
class Downloader {
 public:
  Downloader(nn_device* device, Loss* loss, Completion* completion);
  void close();
  int32_t download(void* target, const void* source, size_t bytes, nn_error* error);
  // What has been downloaded since the last call, for the completion that is to come after it.
  std::vector<Arrival> take_arrivals() { return std::exchange(arrivals_, {}); }

 private:
  static constexpr size_t kChunk = size_t{2} << 20;
  static constexpr int kMostChunks = 8;

  // Pinned memory that is idle, and how much of it there is. Outlives the downloader where an arrival does.
  struct Store {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<char*> idle;
    int made = 0;
  };
  int32_t send(void* target, const void* source, size_t bytes, nn_error* error);
  int32_t room(size_t bytes, nn_error* error);

  nn_device* device_;
  Loss* loss_;
  Completion* completion_;
  std::shared_ptr<Store> store_;
  std::shared_ptr<char> chunk_;  // that is being filled
  size_t filled_ = 0;
  std::vector<Arrival> arrivals_;
};

}  // namespace nn
