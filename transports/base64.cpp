#include "transports/base64.hpp"
