"""Writes mixed.h5: what h5py can make that Keras does not. Run with h5py 3 and ml_dtypes; the file is committed."""

import h5py
import ml_dtypes
import numpy as np

with h5py.File("mixed.h5", "w") as f:
    f.attrs["text"] = "größe"
    f.attrs["bytes"] = b"bytes"
    f.attrs["list"] = [b"one", b"three"]
    f.attrs["texts"] = np.array(["a", "ββ"], dtype=h5py.string_dtype())
    f.attrs["number"] = 7
    f.attrs["numbers"] = np.array([1.5, 2.5], "f4")
    f.attrs["none"] = h5py.Empty("f4")
    g = f.create_group("types")
    g["half"] = np.array([0, 1, -2.5, 65504, 6e-8, np.inf], "f2")
    g["brain"] = np.array([1, -3, 1e30], ml_dtypes.bfloat16).view("f2")
    g["brain"].attrs["dtype"] = "bfloat16"
    g["double"] = np.array([np.pi, -1e300])
    g["big_endian"] = np.array([1, 2, 3], ">f4")
    g["int64"] = np.array([[1, -2], [3, 2**31 - 1]], "i8")
    g["huge"] = np.array([2**40], "i8")
    g["uint16"] = np.array([65535], "u2")
    g["uint32"] = np.array([0, 1337], "u4")
    g["bool"] = np.array([True, False, True])
    g["scalar"] = np.float32(0.5)
    g["empty"] = np.zeros((0, 4), "f4")
    g["texts"] = np.array([b"a", b"b"])
    g["pairs"] = np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")])
    f.create_dataset("packed", data=np.arange(60000, dtype="f4").reshape(200, 300), chunks=(32, 300), compression="gzip", shuffle=True)
    f.create_dataset("one_chunk", data=np.arange(600, dtype="i4").reshape(20, 30), chunks=(20, 30), compression="gzip")
    f["same"] = f["types/scalar"]
    f["soft"] = h5py.SoftLink("/types/double")
    f["lost"] = h5py.SoftLink("/nowhere")
    f["outside"] = h5py.ExternalLink("/etc/passwd", "/")
