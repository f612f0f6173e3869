// All kernels behind one signature; each file of an instruction set includes this after its vectors.
#pragma once
#include "matmul.h"
#include "bag.h"
#include "dot-interaction.h"
#include "tt-backward.h"
#include "update.h"
#include "table.h"

namespace {

template <typename T> struct As { TTREC_INLINE T from(double x) { return (T)(int64_t)x; } };
template <> struct As<double> { TTREC_INLINE double from(double x) { return x; } };
template <> struct As<bool> { TTREC_INLINE bool from(double x) { return x != 0; } };
template <typename T> struct As<T*> { TTREC_INLINE T* from(double x) { return (T*)(uintptr_t)(int64_t)x; } };

template <int... I> struct Indices {};
template <int N, int... I> struct Count { typedef typename Count<N - 1, N - 1, I...>::Type Type; };
template <int... I> struct Count<0, I...> { typedef Indices<I...> Type; };

template <typename F, F f> struct Bound;
template <typename R, typename... A, R (*f)(A...)> struct Bound<R (*)(A...), f> {
  template <int... I> TTREC_INLINE R with(const double* args, Indices<I...>) { return f(As<A>::from(args[I])...); }
  static void call(const double* args) { with(args, typename Count<sizeof...(A)>::Type()); }
  static double ask(const double* args) { return (double)with(args, typename Count<sizeof...(A)>::Type()); }
};

#define TTREC_KERNEL(f) Bound<decltype(&f), &f>::call
#define TTREC_QUESTION(f) Bound<decltype(&f), &f>::ask

static const KernelTable table = {
    TTREC_ENGINE,
    {TTREC_KERNEL(matmul), TTREC_KERNEL(biasActivationBackward), TTREC_KERNEL(bagForward), TTREC_KERNEL(bagBackward),
     TTREC_KERNEL(ttFirstLevel), TTREC_KERNEL(ttForwardByNode), TTREC_KERNEL(ttForwardBySlice),
     TTREC_KERNEL(ttBackwardByNode), TTREC_KERNEL(ttBackwardBySlice), TTREC_KERNEL(ttFirstGradients),
     TTREC_KERNEL(ttSliceGradients), TTREC_KERNEL(addBlocks), TTREC_KERNEL(dotInteraction),
     TTREC_KERNEL(dotInteractionBackward), TTREC_KERNEL(bceWithLogits), TTREC_KERNEL(sgd), TTREC_KERNEL(adagrad),
     TTREC_KERNEL(rowwiseAdagrad), TTREC_KERNEL(adam), TTREC_KERNEL(ftrl), TTREC_KERNEL(regularize),
     TTREC_KERNEL(sumOfSquares), TTREC_KERNEL(fill), TTREC_KERNEL(copyRows), TTREC_KERNEL(multiply),
     TTREC_KERNEL(addScaled)},
    {TTREC_QUESTION(matmulWorkspace), TTREC_QUESTION(bySliceWorkspace), TTREC_QUESTION(byNodeWorkspace),
     TTREC_QUESTION(byNodeSums), TTREC_QUESTION(dotInteractionWorkspace), TTREC_QUESTION(allFinite),
     TTREC_QUESTION(keptPanels)},
};

}  // namespace
