// What a program need not compute again at every replay.
#pragma once

#include <cstddef>

#include "core/recording.h"

namespace nn {

// Moves the nodes whose results are the same at every replay (made from nothing but attributes, and what is made of those) to the front and
// returns how many there are. Large ones stay where they are: to keep them would cost more memory than to make them costs time.
size_t constants_first(Recording* recording);

}  // namespace nn
