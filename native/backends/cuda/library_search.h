// Opens each library from the first place where there is one that serves, and keeps what was tried.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "backends/cuda/libraries.h"
#include "backends/cuda/library_folders.h"

namespace nn {

struct LibraryAttempt {
  std::string path, message;
};

struct LibraryRecord {
  const char* name = "";  // "libcudnn.so.9"
  void* handle = nullptr;
  std::string path, version, note;
  std::string trouble;  // why handle is null
  std::vector<LibraryAttempt> tried;
};

class LibrarySearch {
 public:
  explicit LibrarySearch(Surroundings here) : here_(std::move(here)) {}
  // Looks for it at the first call. Thread-safe; the record stays as it is.
  const LibraryRecord& find(Library library);
  // A JSON object for nn_backend_report, of at most `most` characters: where it would be longer, attempts are left out.
  std::string report(size_t most);

 private:
  struct Kind;
  static const Kind& kind_of(Library library);
  void search(Library library, LibraryRecord* record);
  bool try_folder(const Kind& kind, const LibraryFolder& folder, LibraryRecord* record);

  Surroundings here_;
  std::recursive_mutex mutex_;  // cuDNN's search asks for the libraries that it needs
  bool searched_[4] = {};
  LibraryRecord records_[4];
};

// Of this process.
LibrarySearch& library_search();

}  // namespace nn
