#include <stdint.h>
NUMBERS

int logwidth_class(const FEATURE_T x[FEATURES]) {
  IMAGE_T z[RANK];
  SCORE_T best = 0;
  int found = -1, inside = 1;
  for (int i = 0; i < FEATURES; ++i) inside &= x[i] >= (FEATURE_T)low[i] && x[i] <= (FEATURE_T)high[i];
  if (!inside) return -1;
  for (int j = 0; j < RANK; ++j) {
    IMAGE_T sum = first_bias[j];
    for (int i = 0; i < FEATURES; ++i) sum += (IMAGE_T)first_weight[j * FEATURES + i] * x[i];
    z[j] = sum < 0 ? 0 : sum;
  }
  for (int c = 0, p = 0; c < CLASSES; ++c)
    for (; p < (int)class_end[c]; ++p) {
      SCORE_T sum = score_bias[p];
      for (int j = 0; j < RANK; ++j) sum += (SCORE_T)score_weight[(long)p * RANK + j] * z[j];
      if (found < 0 || sum > best) {
        found = c;
        best = sum;
      }
    }
  return found;
}
