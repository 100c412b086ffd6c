#include <algorithm>
#include <cstring>

#include "backends/cuda/device.h"
#include "backends/cuda/staging.h"

namespace nn {
namespace {

constexpr unsigned kEventFlags = cudaEventDisableTiming | cudaEventBlockingSync;

}  // namespace

int32_t Uploader::open(nn_error* error) {
  cudaError_t status = cudaHostAlloc(reinterpret_cast<void**>(&ring_), kSegments * kSegment, cudaHostAllocDefault);
  for (cudaEvent_t& event : segment_read_) {
    if (status == cudaSuccess) status = cudaEventCreateWithFlags(&event, kEventFlags);
  }
  return loss_->check(status, "making pinned memory for uploads", error);
}

void Uploader::close() {
  for (cudaEvent_t& event : segment_read_) {
    if (event) cudaEventDestroy(event);
    event = nullptr;
  }
  for (Piece& piece : pieces_) {
    if (piece.sent) cudaEventDestroy(piece.sent);
    if (piece.landed) cudaEventDestroy(piece.landed);
    if (piece.pinned) cudaFreeHost(piece.pinned);
    if (piece.landing) memory_->free(piece.landing);
    piece = Piece{};
  }
  if (copies_) cudaStreamDestroy(copies_);
  copies_ = nullptr;
  if (ring_) cudaFreeHost(ring_);
  ring_ = nullptr;
}

int32_t Uploader::upload(void* destination, const void* source, size_t bytes, nn_error* error) {
  if (int32_t code = loss_->refuse(error)) return code;
  if (bytes == 0) return NN_OK;
  if (bytes <= kSegment) return upload_small(destination, source, bytes, error);
  if (int32_t code = open_pieces(error)) return code;
  for (size_t at = 0; at < bytes; at += kPiece) {
    int32_t code =
        upload_piece(static_cast<char*>(destination) + at, static_cast<const char*>(source) + at, std::min(kPiece, bytes - at), error);
    if (code != NN_OK) return code;
  }
  return NN_OK;
}

int32_t Uploader::upload_small(void* destination, const void* source, size_t bytes, nn_error* error) {
  size_t rounded = (bytes + 63) / 64 * 64;
  if (filled_ + rounded > kSegment) {
    // An event a segment, not one a copy: an event costs as much as a copy.
    if (int32_t code = loss_->check(cudaEventRecord(segment_read_[segment_], device_->stream), "cudaEventRecord", error)) return code;
    segment_ = (segment_ + 1) % kSegments;
    filled_ = 0;
    if (int32_t code = loss_->check(cudaEventSynchronize(segment_read_[segment_]), "waiting for an upload", error)) return code;
  }
  char* slot = ring_ + static_cast<size_t>(segment_) * kSegment + filled_;
  filled_ += rounded;
  std::memcpy(slot, source, bytes);
  return loss_->check(cudaMemcpyAsync(destination, slot, bytes, cudaMemcpyHostToDevice, device_->stream), "cudaMemcpyAsync", error);
}

// Programs of small networks never need them.
int32_t Uploader::open_pieces(nn_error* error) {
  cudaError_t status = copies_ ? cudaSuccess : cudaStreamCreateWithFlags(&copies_, cudaStreamNonBlocking);
  for (Piece& piece : pieces_) {
    if (status == cudaSuccess && !piece.pinned) {
      status = cudaHostAlloc(reinterpret_cast<void**>(&piece.pinned), kPiece, cudaHostAllocDefault);
    }
    if (status == cudaSuccess && !piece.sent) status = cudaEventCreateWithFlags(&piece.sent, kEventFlags);
    if (status == cudaSuccess && !piece.landed) status = cudaEventCreateWithFlags(&piece.landed, kEventFlags);
    if (status != cudaSuccess) break;
    if (piece.landing) continue;
    if (int32_t code = memory_->allocate(kPiece, &piece.landing, error)) return code;
    status = cudaEventRecord(piece.landed, device_->stream);
  }
  return loss_->check(status, "making memory for uploads", error);
}

int32_t Uploader::upload_piece(void* destination, const void* source, size_t bytes, nn_error* error) {
  Piece& piece = pieces_[next_piece_];
  next_piece_ = (next_piece_ + 1) % kPieces;
  cudaError_t status = cudaEventSynchronize(piece.sent);
  if (status == cudaSuccess) {
    std::memcpy(piece.pinned, source, bytes);
    status = cudaStreamWaitEvent(copies_, piece.landed, 0);
  }
  if (status == cudaSuccess) status = cudaMemcpyAsync(piece.landing, piece.pinned, bytes, cudaMemcpyHostToDevice, copies_);
  if (status == cudaSuccess) status = cudaEventRecord(piece.sent, copies_);
  if (status == cudaSuccess) status = cudaStreamWaitEvent(device_->stream, piece.sent, 0);
  if (status == cudaSuccess) status = cudaMemcpyAsync(destination, piece.landing, bytes, cudaMemcpyDeviceToDevice, device_->stream);
  if (status == cudaSuccess) status = cudaEventRecord(piece.landed, device_->stream);
  return loss_->check(status, "uploading", error);
}

}  // namespace nn
