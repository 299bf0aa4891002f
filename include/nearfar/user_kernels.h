/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of the user's own from C, and from all languages that can call C. Those in C++ are faster: see
   nearfar/user_kernels.hpp. */
#ifndef NEARFAR_USER_KERNELS_H
#define NEARFAR_USER_KERNELS_H

#ifdef __cplusplus
extern "C" {
#endif

/* The matrices K(r_k) of n displacements r_k = (dx[k], dy[k], dz[k]) from source to target, 1 <= n <= 512, none of them
   zero: values[(i * source_dim + j) * n + k] is the entry of target component i and source component j; of gradients,
   values[((i * 3 + axis) * source_dim + j) * n + k] its derivative with respect to that coordinate of r. Called by many
   threads at once. With a function that takes the lock of an interpreter they wait for one another; where the caller
   holds it meanwhile, as petsc4py does, run with OMP_NUM_THREADS=1. Values must be finite, and always the same. */
typedef void (*NearfarKernelFunction)(void* context, int n, const double* dx, const double* dy, const double* dz,
                                      double* values);

/* Lengths are those of the points. Strings are copied; function and context must remain while plans of it exist. */
typedef struct {
  const char* name;               /* letters, digits and underscores, the first one a letter */
  const char* formula;            /* a line for people; may be NULL */
  int source_dim;                 /* 1 to 16 */
  int target_dim;                 /* 1 to 16 */
  NearfarKernelFunction kernel;   /* smooth except at zero */
  NearfarKernelFunction gradient; /* may be NULL: the kernel then has no gradients */
  void* context;                  /* handed to the functions */
  double length; /* about the size of domains, 0 for 1: tried are displacements from 1e-3 to 1e3 times as long */
} NearfarUserKernel;

/* Makes the kernel known by its name to make_kernel and to matrices of this process; call it on all ranks. Degree,
   symmetry and mirror images are found by trying. Returns NULL, or a sentence that says what is wrong with it, which is
   valid until the thread calls one of these functions again. */
const char* nearfar_register_kernel(const NearfarUserKernel* kernel);

/* Registers the kernels of a shared library made with NEARFAR_KERNELS of nearfar/user_kernels.hpp. Returns as above. */
const char* nearfar_load_kernels(const char* path);

#ifdef __cplusplus
}
#endif
#endif
