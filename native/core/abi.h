/* The whole contract between the core and a backend: plain C data, versioned, so that a backend can live in a shared library
   that is opened on demand and never closed. No exceptions and no STL types cross it. */
#ifndef NODE_CUDNN_CORE_ABI_H
#define NODE_CUDNN_CORE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_ABI_VERSION 2
#define NN_MAX_RANK 8
/* Every buffer a backend gives out, and every offset the planner makes, is a multiple of this. */
#define NN_ALIGNMENT 256
/* What stands before the rows of next_row. */
#define NN_ROWS_HEADER 256

enum nn_dtype { NN_FLOAT32 = 0, NN_FLOAT64 = 1, NN_INT32 = 2, NN_UINT8 = 3, NN_BOOL = 4, NN_DTYPES = 5 };

enum nn_code {
  NN_OK = 0,
  NN_INVALID = 1,     /* a command that breaks its schema */
  NN_UNSUPPORTED = 2, /* valid, but this backend has no kernel for it */
  NN_OUT_OF_MEMORY = 3,
  NN_LIBRARY = 4,     /* a library's own failure, its message kept word for word */
  NN_DEVICE_LOST = 5, /* every later call on this device fails as well */
  NN_CANCELLED = 6
};

typedef struct nn_error {
  int32_t code;
  char message[1020];
} nn_error;

/* Always contiguous, last axis fastest. `data` is NULL while a kernel is prepared. */
typedef struct nn_tensor {
  void* data;
  int64_t size; /* elements */
  int64_t dims[NN_MAX_RANK];
  int32_t rank;
  int32_t dtype;
} nn_tensor;

typedef struct nn_args {
  const nn_tensor* in;
  const nn_tensor* out; /* an output may be an existing tensor: then the kernel reads and writes it in place */
  const int32_t* attrs; /* int32 words; a float attribute is two, a float64 by its bits */
  int32_t n_in, n_out, n_attrs;
} nn_args;

typedef struct nn_device nn_device; /* opaque, owned by the backend */

/* A kernel for one op and the dtypes (bits 1 << nn_dtype) of the operand that the op's schema names as its key.
   prepare may be NULL (nothing to prepare, no workspace); it sees shapes and attributes, not data. run may rely on all that the
   schema has checked. Both return an nn_code and fill `error` where it is not NN_OK. */
typedef struct nn_kernel {
  const char* op;
  uint32_t dtypes;
  int32_t (*prepare)(nn_device*, const nn_args*, void** plan, size_t* workspace, nn_error*);
  int32_t (*run)(nn_device*, const nn_args*, void* plan, void* workspace, nn_error*);
  void (*destroy)(void* plan);
} nn_kernel;

typedef struct nn_open_options {
  int32_t index;   /* which device */
  int32_t threads; /* CPU threads, 0: as many as cores */
} nn_open_options;

typedef struct nn_backend_api {
  uint32_t abi_version, struct_size;
  const char* name;
  int32_t host_memory; /* 1: device memory is host memory, so uploads and reads are plain copies */
  const nn_kernel* kernels;
  int32_t n_kernels;

  int32_t (*device_count)(nn_error*); /* negative: none can work, and why is in the error */
  int32_t (*open)(const nn_open_options*, nn_device**, nn_error*);
  void (*close)(nn_device*);
  /* Called once by each thread that will use the device, before anything else it does there. */
  void (*attach)(nn_device*);
  /* A JSON object: { "description": "...", ... } of this device. */
  void (*describe)(nn_device*, char* json, size_t length);
  void (*memory_info)(nn_device*, int64_t* free_bytes, int64_t* total_bytes);
  /* NULL where a device has no options. Plans prepared earlier stay as they are; the core drops those that it cached. */
  int32_t (*set_option)(nn_device*, const char* name, const char* value, nn_error*);

  int32_t (*alloc)(nn_device*, size_t bytes, void** out, nn_error*);
  void (*free)(nn_device*, void*);
  /* In stream order. The source of an upload may be reused when it returns; a download is complete when a later notify fires. */
  int32_t (*upload)(nn_device*, void* destination, const void* source, size_t bytes, nn_error*);
  int32_t (*download)(nn_device*, void* destination, const void* source, size_t bytes, nn_error*);
  int32_t (*copy)(nn_device*, void* destination, const void* source, size_t bytes, nn_error*);
  /* Calls fn(argument, code, message) once all earlier work is done, from any thread; at once on a synchronous device. */
  int32_t (*notify)(nn_device*, void (*fn)(void*, int32_t code, const char* message), void* argument, nn_error*);
  int32_t (*synchronize)(nn_device*, nn_error*);

  /* All four NULL where a device records nothing of its own. Between begin and end the core runs the kernels of one step. */
  int32_t (*graph_begin)(nn_device*, nn_error*);
  int32_t (*graph_end)(nn_device*, void** graph, nn_error*);
  int32_t (*graph_launch)(nn_device*, void* graph, nn_error*);
  void (*graph_destroy)(nn_device*, void* graph);
  /* For values that change with each replay; may be NULL, then every replay is preceded by an upload. In stream order, and recorded like
     a kernel: `rows` is device memory of NN_ROWS_HEADER bytes, which begin with two int64, the next row and the number of rows, and rows
     of `bytes` each, a multiple of 16. The next row goes to `destination` and counts as taken; the last is taken again and again. */
  int32_t (*next_row)(nn_device*, void* destination, void* rows, size_t bytes, nn_error*);
} nn_backend_api;

typedef struct nn_host_api {
  uint32_t abi_version, struct_size;
  void (*log)(int32_t level, const char* message);
} nn_host_api;

/* What a backend library exports: nn_backend_init, NULL with `error` filled where it cannot work here, and nn_backend_report, which
   may be called before and after it and writes a JSON object of what was looked for, where, and what the loader said:
   { "libraries": [ { "name": "cuDNN", "path": "/.../libcudnn.so.9" or null, "version": "9.19.0" or "", "trouble": "" or a sentence,
     "tried": [ { "path": "...", "message": "the loader's words" }, ... ] }, ... ], and what else is worth knowing as strings } */
typedef const nn_backend_api* (*nn_backend_init_fn)(const nn_host_api*, nn_error*);
typedef void (*nn_backend_report_fn)(char* json, size_t length);

#ifdef __cplusplus
}
#endif
#endif
