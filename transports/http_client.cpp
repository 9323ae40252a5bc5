#include "transports/http_client.hpp"
