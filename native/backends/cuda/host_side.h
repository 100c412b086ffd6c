// The parts of an open device that only the host side of the backend knows.
#pragma once

#include <string>

#include "backends/cuda/completion.h"
#include "backends/cuda/device.h"
#include "backends/cuda/loss.h"
#include "backends/cuda/memory.h"
#include "backends/cuda/staging.h"

struct nn_device::HostSide {
  explicit HostSide(nn_device* owner)
      : memory(owner, &loss), completion(owner, &loss), upload(owner, &loss, &memory), download(owner, &loss, &completion) {}

  nn::Loss loss;
  nn::DeviceMemory memory;
  nn::Completion completion;
  nn::Uploader upload;
  nn::Downloader download;
};
