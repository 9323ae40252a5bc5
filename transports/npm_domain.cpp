#include "transports/npm_api.hpp"
