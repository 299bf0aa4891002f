// SPDX-License-Identifier: BSD-3-Clause
#include "capi/errors.hpp"

#include <exception>
#include <new>

#include "nearfar/error.hpp"
#include "nearfar/nearfar.h"

namespace nearfar::capi {
namespace {

thread_local std::string last_error;

int keep(int code, const char* sentence) noexcept {
  try {
    last_error = sentence;
  } catch (const std::bad_alloc&) {
    last_error.clear();
  }
  return code;
}

}

int guarded(void (*run)(void* action), void* action) noexcept {
  try {
    run(action);
    return NEARFAR_SUCCESS;
  } catch (const UsageError& error) {
    return keep(NEARFAR_USAGE_ERROR, error.what());
  } catch (const InputError& error) {
    return keep(NEARFAR_INPUT_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return keep(NEARFAR_OTHER_ERROR, "not enough memory: use more ranks, or fewer points per rank");
  } catch (const std::exception& error) {
    return keep(NEARFAR_OTHER_ERROR, error.what());
  } catch (...) {
    return keep(NEARFAR_OTHER_ERROR, "unknown error");
  }
}

void require_argument(const void* argument, const char* what) {
  if (argument == nullptr) throw UsageError(std::string(what) + " is NULL");
}

void throw_error(int code, const std::string& sentence) {
  switch (code) {
    case NEARFAR_USAGE_ERROR:
      throw UsageError(sentence);
    case NEARFAR_INPUT_ERROR:
      throw InputError(sentence);
    default:
      throw Error(sentence);
  }
}

}

const char* nearfar_last_error(void) { return nearfar::capi::last_error.c_str(); }
