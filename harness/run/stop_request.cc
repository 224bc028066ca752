#include <utility>

#include "harness/core/error.h"
#include "harness/run/case_session.h"
#include "harness/run/verdict_basis.h"

// What ends sessions from outside, and what is said of it.

namespace bootproof {

void StopRequest::request(std::string reason) {
  if (requested()) {
    return;
  }
  reason_ = std::move(reason);
  for (const auto& [number, listener] : listeners_) {
    listener();
  }
}

int StopRequest::listen(std::function<void()> listener) {
  listeners_.emplace(++last_, std::move(listener));
  return last_;
}

void StopRequest::forget(int number) { listeners_.erase(number); }

Verdict error_verdict(std::string cause, const Error& error) {
  Verdict verdict;
  verdict.outcome = Outcome::kError;
  verdict.cause = std::move(cause);
  verdict.message = error.message();
  verdict.hint = error.hint();
  set_basis(verdict, nullptr);
  return verdict;
}

}  // namespace bootproof
