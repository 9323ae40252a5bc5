#include "transports/http_loop.hpp"
