// The shared libraries that are opened on demand. libraries.cc searches for them, once, and keeps them open for the life of the process.
#pragma once

namespace nn {

enum class Library { kDriver, kCudnn, kCublasLt, kNvrtc };

// dlopen's handle; null where the library is not to be had.
void* library_handle(Library library);
// Why it is null: one sentence with every path that was tried and the loader's own words. Empty where it was found.
const char* library_trouble(Library library);

}  // namespace nn
