# The CUDA backend as a library of its own beside the addon, opened on demand. scripts/build-native.mjs says where the toolchain lies;
# nvcc is run by hand, because CMake's own CUDA language wants a toolkit's folders, which the Python packages do not have.
set(NODE_CUDNN_CUDA_ARCHITECTURES "75;80;86;89;90;100;120" CACHE STRING "Compute capabilities with machine code; the last comes as PTX too")
set(NODE_CUDNN_CUDA_NVCC "" CACHE FILEPATH "nvcc of CUDA 13")
set(NODE_CUDNN_CUDA_INCLUDE "" CACHE STRING "Folders of the headers of the CUDA runtime, cuBLAS, cuDNN and cudnn-frontend")
set(NODE_CUDNN_CUDA_ROOT "" CACHE PATH "Where all of it comes from, with its licences")
set(NODE_CUDNN_CUDA_CUDART "" CACHE FILEPATH "libcudart_static.a")
find_program(NODE_CUDNN_NODE node REQUIRED)

file(GLOB_RECURSE cuda_host_sources CONFIGURE_DEPENDS native/backends/cuda/*.cc)
file(GLOB_RECURSE cuda_device_sources CONFIGURE_DEPENDS native/backends/cuda/*.cu)
# the emulation belongs to the tests
list(FILTER cuda_host_sources EXCLUDE REGEX "/emulate[^/]*\\.cc$")

set(cuda_codes "")
foreach(architecture IN LISTS NODE_CUDNN_CUDA_ARCHITECTURES)
  list(APPEND cuda_codes "-gencode=arch=compute_${architecture},code=sm_${architecture}")
  set(cuda_last ${architecture})
endforeach()
list(APPEND cuda_codes "-gencode=arch=compute_${cuda_last},code=compute_${cuda_last}")

set(cuda_launcher "")
if(CMAKE_CXX_COMPILER_LAUNCHER)
  # By what the compiler read, not by the preprocessed text: nvcc's text for the host does not show what only the device sees.
  set(cuda_launcher ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1 ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
set(cuda_flags -std=c++17 -O3 -DNDEBUG --expt-relaxed-constexpr --compress-mode=size -Xptxas=-v -ccbin ${CMAKE_CXX_COMPILER}
  "-Xcompiler=-fPIC,-fvisibility=hidden,-Wall,-Wno-unused-parameter,-Wno-unused-function" -I ${CMAKE_SOURCE_DIR}/native)
foreach(folder IN LISTS NODE_CUDNN_CUDA_INCLUDE)
  list(APPEND cuda_flags -isystem ${folder})
endforeach()

# What ptxas says of each kernel is kept beside its object (NAME.facts).
set(cuda_folder ${CMAKE_BINARY_DIR}/cuda)
file(MAKE_DIRECTORY ${cuda_folder})
set(cuda_objects "")
foreach(source IN LISTS cuda_device_sources)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/native/backends/cuda ${source})
  set(object ${cuda_folder}/${name}.o)
  get_filename_component(folder ${object} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${object} DEPFILE ${object}.d BYPRODUCTS ${cuda_folder}/${name}.facts
    COMMAND sh ${CMAKE_SOURCE_DIR}/native/backends/cuda/compile.sh ${cuda_folder}/${name}.facts
      ${cuda_launcher} ${NODE_CUDNN_CUDA_NVCC} ${cuda_flags} ${cuda_codes} -MD -MT ${object} -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} ${CMAKE_SOURCE_DIR}/native/backends/cuda/compile.sh ${NODE_CUDNN_CUDA_NVCC}
    COMMENT "Building CUDA object ${name}" VERBATIM)
  list(APPEND cuda_objects ${object})
endforeach()

add_library(node_cudnn_cuda SHARED ${cuda_host_sources} ${cuda_objects})
target_include_directories(node_cudnn_cuda PRIVATE native)
target_include_directories(node_cudnn_cuda SYSTEM PRIVATE ${NODE_CUDNN_CUDA_INCLUDE})
target_compile_definitions(node_cudnn_cuda PRIVATE NODE_CUDNN_VERSION="${package_version}")

set_target_properties(node_cudnn_cuda PROPERTIES PREFIX "" LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/Release")
target_link_libraries(node_cudnn_cuda PRIVATE core ${NODE_CUDNN_CUDA_CUDART} Threads::Threads ${CMAKE_DL_LIBS} rt)
# As the addon: never unloaded, its own symbols before those of others, and nothing to be seen but the two functions of core/abi.h.
target_link_options(node_cudnn_cuda PRIVATE -Wl,-z,nodelete -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--gc-sections
  -Wl,--version-script=${CMAKE_SOURCE_DIR}/native/backends/cuda/exports.map)
set_property(TARGET node_cudnn_cuda APPEND PROPERTY LINK_DEPENDS ${CMAKE_SOURCE_DIR}/native/backends/cuda/exports.map)
add_custom_command(TARGET node_cudnn_cuda POST_BUILD VERBATIM
  COMMAND ${NODE_CUDNN_NODE} ${CMAKE_SOURCE_DIR}/scripts/cuda/facts.mjs ${cuda_folder} $<TARGET_FILE:node_cudnn_cuda>.json ${NODE_CUDNN_CUDA_ROOT})
