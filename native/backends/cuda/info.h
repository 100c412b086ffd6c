// What there is: devices, versions, memory.
#pragma once

#include <string>

#include "core/abi.h"

namespace nn {

// "13.0" for 13000.
std::string cuda_version_text(int version);
// The release of NVIDIA's driver, such as "580.82.07"; empty where it cannot be told.
std::string driver_release();
// Negative with a sentence where no device can work.
int32_t device_count(nn_error* error);
void describe_device(nn_device* device, char* json, size_t length);
void memory_info(nn_device* device, int64_t* free_bytes, int64_t* total_bytes);
// A string with its quotes.
std::string json_text(const std::string& text);

}  // namespace nn
