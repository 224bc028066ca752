#pragma once

#include <vector>

namespace bootproof::bench {

/// The middle one; of an even number the mean of both in the middle. `values` must not be empty.
double median(std::vector<double> values);

/// What ended children, and theirs, took of the processors so far, in milliseconds: other load on
/// the host disturbs it less than the time on the wall.
double cpu_of_children();

}  // namespace bootproof::bench
