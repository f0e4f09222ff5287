#include <float.h>
#include <stdint.h>

#if defined __FAST_MATH__ || defined __ASSOCIATIVE_MATH__ || defined __RECIPROCAL_MATH__ || defined _M_FP_FAST || \
    (defined __FINITE_MATH_ONLY__ && __FINITE_MATH_ONLY__ > 0)
#error "the certificate does not cover -ffast-math or its parts: compile this file without them"
#endif
#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || DBL_MANT_DIG != 53
#error "the certificate needs IEEE 754 binary32 and binary64"
#endif
NUMBERS

REAL logwidth_output(const REAL x[FEATURES]) {
  REAL value[WIDTH], fresh[CHANGED];
  const REAL *read = x;
  for (int layer = 0; layer < LAYERS; ++layer) {
    const long from = (long)layer_start[layer], to = (long)layer_start[layer + 1];
    for (long row = from; row < to; ++row) {
      REAL sum = bias[row];
      for (long k = (long)row_start[row]; k < (long)row_start[row + 1]; ++k) sum += weight[k] * read[column[k]];
      fresh[row - from] = sum;
    }
    if (layer == LAYERS - 1) break;
    for (long row = from; row < to; ++row) { /* NaN stays NaN */
      const REAL sum = fresh[row - from];
      value[row_unit[row]] = sum < 0 ? 0 : sum;
    }
    read = value;
  }
  return fresh[0];
}

int logwidth_class(const REAL x[FEATURES]) {
  const double output = (double)logwidth_output(x);
  int found = -1;
  double nearest = ALLOWED;
  for (int k = 0; k < CLASSES; ++k) {
    const double gap = output < label_value[k] ? label_value[k] - output : output - label_value[k];
    if (gap <= nearest && (found < 0 || gap < nearest)) {
      found = k;
      nearest = gap;
    }
  }
  return found;
}

int logwidth_arithmetic(void) {
  volatile REAL tiny = TINY, unit = UNIT, one = 1;
  volatile REAL kept = tiny * one, below = one + unit, above = one + unit * 3;
  return kept > 0 && below == 1 && above > 1 + unit * 2;
}
